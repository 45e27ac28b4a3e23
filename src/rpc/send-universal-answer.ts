import type { UniversalServerResponse } from "@connectrpc/connect/protocol";
import { universalResponseToNodeResponse } from "@connectrpc/connect-node";
import { clientGone } from "./client-gone.ts";
import { isGone } from "./node-http.ts";
import type { HttpResponse } from "./node-http.ts";

/**
 * Sends what Connect answers, and ends its handler with its client, of whose end `signal` tells; `see` is shown each
 * piece. Connect's adapter alone would wait for ever for a client to take more that is no longer there, and would have
 * the handler take Node's words for that as a fault of ours.
 */
export async function sendUniversalAnswer(
  answer: UniversalServerResponse,
  response: HttpResponse,
  signal: AbortSignal,
  see: (chunk: Uint8Array) => void,
): Promise<void> {
  const chunks = answer.body?.[Symbol.asyncIterator]();
  if (chunks === undefined) return universalResponseToNodeResponse(answer, response);
  const fail = async (error: unknown): Promise<IteratorResult<Uint8Array>> => {
    if (chunks.throw === undefined) throw error;
    return chunks.throw(error);
  };
  const leave = (): void => void fail(signal.reason).catch(ignore);
  const body: AsyncIterator<Uint8Array> = {
    next: async () => {
      const next = await chunks.next();
      if (next.done !== true) see(next.value);
      return next;
    },
    // Before the head is out, it is the head that could not be written.
    throw: (error) => fail(isGone(response) || response.headersSent ? clientGone() : error),
    return: () => chunks.return?.() ?? Promise.resolve({ done: true, value: undefined }),
  };
  const sent = universalResponseToNodeResponse(
    { ...answer, body: { [Symbol.asyncIterator]: () => body } },
    response,
  );
  // Only now: a handler that has not begun would end without a word.
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  return sent;
}

function ignore(): void {
  // The handler has told of it.
}
