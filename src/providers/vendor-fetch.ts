/** Most bytes of an answer's body. A report is far smaller; an endless body must not fill the memory until the timeout. */
const MAX_ANSWER_BYTES = 8 * 1024 * 1024;

/**
 * `fetch` for vendors: bounds the answer's body, and follows no redirect, because keys in headers such as
 * `x-api-key` would go along to the other host.
 */
export function createVendorFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, { ...init, redirect: "manual" });
    return response.body === null ? response : new Response(bounded(response.body), response);
  };
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
