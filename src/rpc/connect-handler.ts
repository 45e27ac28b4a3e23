import { Code, ConnectError, createContextValues, createConnectRouter } from "@connectrpc/connect";
import type { ConnectRouter, ConnectRouterOptions } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { RequestError } from "../core/errors.ts";
import { sendError } from "./http-answer.ts";
import type { HttpRequest, HttpResponse } from "./node-http.ts";
import { requestContextKey } from "./request-context.ts";
import type { RequestContext } from "./request-context.ts";

/**
 * Answers gRPC, gRPC-Web and Connect. It does what connect-node's adapter does, but writes failures of the transport
 * into our log, and survives request lines that are no URL. Answers false for a path that is no RPC.
 */
export function createConnectHandler(options: ConnectRouterOptions, routes: (router: ConnectRouter) => void) {
  const router = createConnectRouter({ acceptCompression: [compressionGzip, compressionBrotli], ...options });
  routes(router);
  const handlers = new Map(router.handlers.map((handler) => [handler.requestPath, handler]));

  return function handle(
    path: string,
    request: HttpRequest,
    response: HttpResponse,
    context: RequestContext,
  ): boolean {
    const handler = handlers.get(path);
    if (handler === undefined) return false;
    const universal = toUniversalRequest(request, response, context);
    if (universal === undefined) {
      sendError(
        request,
        response,
        new RequestError("invalid_argument", "the request's address is malformed"),
      );
      return true;
    }
    handler(universal)
      .then((answer) => universalResponseToNodeResponse(answer, response))
      .catch((error: unknown) => report(error, context));
    return true;
  };
}

function toUniversalRequest(request: HttpRequest, response: HttpResponse, context: RequestContext) {
  const values = createContextValues().set(requestContextKey, context);
  try {
    return universalRequestFromNodeRequest(request, response, undefined, values);
  } catch {
    return undefined;
  }
}

function report(error: unknown, { logger }: RequestContext): void {
  // A client that goes away is no failure of ours.
  if (ConnectError.from(error).code === Code.Aborted) return;
  logger.warn({ err: error }, "an answer could not be sent");
}
