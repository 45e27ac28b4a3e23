import type { Interceptor } from "@connectrpc/connect";
import { toConnectError } from "../error-codes.ts";

/**
 * gRPC sends errors in trailers, which clients bound at 8 KiB; more than these bad fields might not get through. gRPC-Web
 * and Connect send them in the body.
 */
const MAX_FIELDS_IN_TRAILERS = 20;

/** Turns every failure into the code and details that the contract names; among them that the deadline has passed. */
export const mapErrors: Interceptor = (next) => async (request) => {
  const maxFields = /^application\/grpc(?!-web)/.test(request.header.get("content-type") ?? "")
    ? MAX_FIELDS_IN_TRAILERS
    : Infinity;
  try {
    request.signal.throwIfAborted();
    const response = await next(request);
    if (response.stream) return { ...response, message: mapped(response.message, maxFields) };
    // An answer after the deadline is none.
    request.signal.throwIfAborted();
    return response;
  } catch (error) {
    throw toConnectError(error, maxFields);
  }
};

async function* mapped<T>(messages: AsyncIterable<T>, maxFields: number): AsyncGenerator<T, void> {
  try {
    yield* messages;
  } catch (error) {
    throw toConnectError(error, maxFields);
  }
}
