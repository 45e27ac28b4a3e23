/** Most bytes of an answer's body. A report is far smaller; an endless body must not fill the memory until the timeout. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Most bytes and time of a failure's body: the status has said nearly all. */
const MAX_ERROR_BYTES = 64 * 1024;
const MAX_ERROR_MS = 2_000;

/**
 * `fetch` for vendors: bounds the answer's body, and follows no redirect, because keys in headers such as
 * `x-api-key` would go along to the other host. Of a failure's body it takes what comes soon, so that a body without
 * end does not hide a 429 behind a timeout. It answers when the body is there: what reads it from a stream, chunk by
 * chunk, takes longer than the call.
 */
export function createVendorFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "manual" });
    if (response.body === null) return response;
    const read = response.ok ? readWhole : readBeginning;
    return new Response(await read(response.body), toInit(response));
  };
}

function toInit({ status, statusText, headers }: Response): ResponseInit {
  return { status, statusText, headers };
}

/** The body; or one that fails as it does, for whoever reads it. */
async function readWhole(body: ReadableStream<Uint8Array>): Promise<Buffer | ReadableStream<Uint8Array>> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  const giveUp = (): never => {
    throw new Error("the answer is too large");
  };
  try {
    await readInto(chunks, reader, MAX_ANSWER_BYTES, giveUp);
  } catch (error) {
    reader.cancel().catch(() => undefined);
    return new ReadableStream({ start: (controller) => controller.error(error) });
  }
  return Buffer.concat(chunks);
}

/** What comes of a body soon, as far as it is needed. */
async function readBeginning(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  const stop = (): void => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(stop, MAX_ERROR_MS);
  try {
    await readInto(chunks, reader, MAX_ERROR_BYTES, stop);
  } catch {
    // A body that breaks off has no more to say than its status.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

/** Fills `chunks` until the body's end, and calls `giveUp` once there are more bytes than `maxBytes`. */
async function readInto(
  chunks: Uint8Array[],
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
  giveUp: () => void,
): Promise<void> {
  let bytes = 0;
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    bytes += next.value.byteLength;
    if (bytes > maxBytes) giveUp();
  }
}
