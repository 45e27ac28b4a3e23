/** Most bytes of an answer's body. A report is far smaller; an endless body must not fill the memory until the timeout. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/** Most bytes and time of a failure's body: the status has said nearly all. */
const MAX_ERROR_BYTES = 64 * 1024;
const MAX_ERROR_MS = 2_000;

/**
 * `fetch` for vendors: bounds the answer's body, and follows no redirect, because keys in headers such as
 * `x-api-key` would go along to the other host. Of a failure's body it takes what comes soon, so that a body without
 * end does not hide a 429 behind a timeout.
 */
export function createVendorFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "manual" });
    if (response.body === null) return response;
    if (!response.ok) return new Response(await readBeginning(response.body), toInit(response));
    return new Response(bounded(response.body), toInit(response));
  };
}

function toInit({ status, statusText, headers }: Response): ResponseInit {
  return { status, statusText, headers };
}

/** What comes of a body soon, as far as it is needed. */
async function readBeginning(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stop = (): void => void reader.cancel().catch(() => undefined);
  const timer = setTimeout(stop, MAX_ERROR_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      bytes += value.byteLength;
      if (bytes > MAX_ERROR_BYTES) stop();
    }
  } catch {
    // A body that breaks off has no more to say than its status.
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks);
}

function bounded(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
  let bytes = 0;
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.byteLength;
        if (bytes > MAX_ANSWER_BYTES) controller.error(new Error("the answer is too large"));
        else controller.enqueue(chunk);
      },
    }),
  );
}
