import { base64Decode } from "@bufbuild/protobuf/wire";
import { Code, ConnectError, createContextValues, createConnectRouter } from "@connectrpc/connect";
import type { ConnectRouter, ConnectRouterOptions } from "@connectrpc/connect";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
  universalResponseToNodeResponse,
} from "@connectrpc/connect-node";
import { InvalidArgumentError } from "../core/errors.ts";
import { sendError, sendJson } from "./http-answer.ts";
import type { HttpRequest, HttpResponse } from "./node-http.ts";
import { requestContextKey } from "./request-context.ts";
import type { RequestContext } from "./request-context.ts";

/**
 * Answers gRPC, gRPC-Web and Connect. It does what connect-node's adapter does, but writes failures of the transport
 * into our log, and survives request lines that are no URL or hold no base64. Answers false for a path that is no RPC.
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
      const description = "the request's address is malformed";
      sendError(request, response, new InvalidArgumentError([{ field: "", description }]));
      return true;
    }
    // Connect's own handler takes what it can't decode here for a fault of the server, and answers 500.
    if (handler.allowedMethods.includes("GET") && hasBrokenBase64(universal)) {
      const body = { code: "invalid_argument", message: "the message in the address is not valid base64" };
      sendJson(request, response, 400, body, { "content-type": "application/json" });
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

/** Of a GET, whose message stands in its address (https://connectrpc.com/docs/protocol#unary-get-request). */
function hasBrokenBase64({ method, url }: { readonly method: string; readonly url: string }): boolean {
  if (method !== "GET") return false;
  const query = new URL(url).searchParams;
  if (query.get("base64") !== "1") return false;
  try {
    base64Decode(query.get("message") ?? "");
    return false;
  } catch {
    return true;
  }
}

function report(error: unknown, { logger }: RequestContext): void {
  // A client that goes away is no failure of ours.
  if (ConnectError.from(error).code === Code.Aborted) return;
  logger.warn({ err: error }, "an answer could not be sent");
}
