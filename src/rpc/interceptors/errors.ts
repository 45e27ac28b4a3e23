import type { Interceptor } from "@connectrpc/connect";
import { toConnectError } from "../error-codes.ts";

/** Turns every failure into the code and details that the contract names. */
export const mapErrors: Interceptor = (next) => async (request) => {
  try {
    const response = await next(request);
    return response.stream ? { ...response, message: mapped(response.message) } : response;
  } catch (error) {
    throw toConnectError(error);
  }
};

async function* mapped<T>(messages: AsyncIterable<T>): AsyncGenerator<T, void> {
  try {
    yield* messages;
  } catch (error) {
    throw toConnectError(error);
  }
}
