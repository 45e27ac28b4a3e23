import type { StreamResponse, UnaryResponse } from "@connectrpc/connect";

type Response = UnaryResponse | StreamResponse;

/**
 * Calls `finish` when a response is over: at once for a unary one; for a stream when its last message is out, with the
 * error when it broke. A streaming handler fails only after `next()` has returned, so its messages must be wrapped.
 */
export function afterEnd(response: Response, finish: (error?: unknown) => void): Response {
  if (!response.stream) {
    finish();
    return response;
  }
  return { ...response, message: finishing(response.message, finish) };
}

async function* finishing<T>(
  messages: AsyncIterable<T>,
  finish: (error?: unknown) => void,
): AsyncGenerator<T, void> {
  let failure: unknown;
  try {
    yield* messages;
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    finish(failure);
  }
}
