import type { Readable } from "node:stream";

/** Most bytes of an answer's body. A report is far smaller; an endless body must not fill the memory until the timeout. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Most bytes and time of a failure's body: the status has said nearly all. */
const MAX_ERROR_BYTES = 64 * 1024;
const MAX_ERROR_MS = 2_000;

/** All of a body; fails when it breaks off, or has no end. */
export async function readWhole(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  if (!(await collect(chunks, body, MAX_ANSWER_BYTES))) throw new Error("the answer is too large");
  return Buffer.concat(chunks);
}

/**
 * What comes of a failure's body soon, as far as it is needed: a body without end must not hide a 429 behind a timeout.
 */
export async function readBeginning(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const timer = setTimeout(() => void body.destroy(), MAX_ERROR_MS);
  try {
    await collect(chunks, body, MAX_ERROR_BYTES);
  } catch {
    // A body that breaks off has no more to say than its status.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

/** Fills `chunks` to the body's end; false when it has more bytes, and is given up. */
async function collect(chunks: Buffer[], body: Readable, maxBytes: number): Promise<boolean> {
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes > maxBytes) return false;
  }
  return true;
}
