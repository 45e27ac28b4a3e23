import type { HttpRequest } from "../node-http.ts";
import type { BodyShare } from "../limits/body-budget.ts";

interface ReadBodyOptions {
  /** Most that is kept. */
  readonly maxBytes: number;
  readonly share: BodyShare;
  /** False when a body that begins so is none to keep: then it counts as a larger one, and nobody waits for its end. */
  readonly isKept: (head: Buffer) => boolean;
  /** Called with a body that has come to its end. */
  readonly whole: (body: Buffer) => void;
  /** Called instead for a larger one: with all of it, as it comes. The share is then free again. */
  readonly larger: (body: AsyncIterable<Uint8Array>) => void;
}

/** Reads the body of a small message. When the client goes away meanwhile, that is all. */
export function readBody(
  request: HttpRequest,
  { maxBytes, share, isKept, whole, larger }: ReadBodyOptions,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;

  function take(chunk: Buffer): void {
    const isHead = chunks.push(chunk) === 1;
    bytes += chunk.byteLength;
    if (bytes > maxBytes || !hasRoom(share, chunk) || (isHead && !isKept(chunk))) giveUp();
  }

  function end(): void {
    // A stream may stay open for long after this.
    request.off("data", take);
    share.join();
    whole(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  }

  function giveUp(): void {
    request.off("data", take);
    request.off("end", end);
    request.pause();
    share.release();
    larger(replay(chunks, request));
  }

  request.on("data", take);
  request.once("end", end);
}

function hasRoom(share: BodyShare, chunk: Uint8Array): boolean {
  try {
    share.takeChunk(chunk);
    return true;
  } catch {
    return false;
  }
}

/** What has come already, and then the rest. */
export async function* replay(
  chunks: readonly Uint8Array[],
  rest?: HttpRequest,
): AsyncGenerator<Uint8Array, void> {
  yield* chunks;
  if (rest !== undefined) yield* rest as AsyncIterable<Uint8Array>;
}
