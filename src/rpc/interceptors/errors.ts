import type { Interceptor, StreamRequest, UnaryRequest } from "@connectrpc/connect";
import { clientGone } from "../client-gone.ts";
import { toConnectError } from "../error-codes.ts";
import { requestContextKey } from "../request-context.ts";

/**
 * gRPC sends errors in trailers, which clients bound at 8 KiB; more than these bad fields might not get through. gRPC-Web
 * and Connect send them in the body.
 */
const MAX_FIELDS_IN_TRAILERS = 20;

/** Turns every failure into the code and details that the contract names; among them that the deadline has passed. */
export const mapErrors: Interceptor = (next) => async (request) => {
  const fail = (error: unknown): never => {
    throw toConnectError(error, maxFieldsOf(request.header));
  };
  try {
    throwIfOver(request);
    const response = await next(request);
    if (response.stream) return { ...response, message: mapped(response.message, fail) };
    // An answer after the deadline is none.
    throwIfOver(request);
    return response;
  } catch (error) {
    return fail(error);
  }
};

function maxFieldsOf(header: Headers): number {
  const isInTrailers = /^application\/grpc(?!-web)/.test(header.get("content-type") ?? "");
  return isInTrailers ? MAX_FIELDS_IN_TRAILERS : Infinity;
}

/** Making a signal takes longer than many an answer, so it is asked only for what nothing else knows. */
function throwIfOver(request: UnaryRequest | StreamRequest): void {
  const context = request.contextValues.get(requestContextKey);
  if (context === undefined || context.hasDeadline) request.signal.throwIfAborted();
  if (context?.isGone()) throw clientGone();
}

async function* mapped<T>(
  messages: AsyncIterable<T>,
  fail: (error: unknown) => never,
): AsyncGenerator<T, void> {
  try {
    yield* messages;
  } catch (error) {
    fail(error);
  }
}
