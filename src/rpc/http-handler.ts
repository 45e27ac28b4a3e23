import { RequestError } from "../core/errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import { sendError } from "./http-answer.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "./node-http.ts";
import { createRequestContext, REQUEST_ID_HEADER } from "./request-context.ts";
import type { RequestContext } from "./request-context.ts";
import type { Serving } from "./serving.ts";

/** Answers a request if the path is its own, and says whether it was. */
export type Door = (
  path: string,
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
) => boolean;

/** Shows each request to the doors in turn; the first that knows the path answers. */
export function createHttpHandler(doors: readonly Door[], serving: Serving, logger: Logger): HttpHandler {
  return (request, response) => {
    // A kept connection would hold up the shutdown.
    if (!serving.isServing() && request.httpVersionMajor === 1) response.setHeader("connection", "close");
    const context = createRequestContext(request.headers[REQUEST_ID_HEADER], logger);
    response.setHeader(REQUEST_ID_HEADER, context.requestId);
    // A client may vanish at any time; whoever reads or writes then learns of it, and nobody else need.
    request.on("error", ignore);
    response.on("error", ignore);
    const [path = ""] = (request.url ?? "").split("?", 1);
    if (!doors.some((door) => door(path, request, response, context))) answerUnknown(request, response);
  };
}

function answerUnknown(request: HttpRequest, response: HttpResponse): void {
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/grpc")) answerUnimplemented(type, response);
  else sendError(request, response, new RequestError("not_found", "there is nothing at this address"));
}

/** An unknown method, as gRPC says it: HTTP 200 whose headers are the trailers too. */
function answerUnimplemented(type: string, response: HttpResponse): void {
  const headers = { "content-type": type, "grpc-status": "12", "grpc-message": "unknown method" };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = 200;
  response.end();
}

function ignore(): void {
  // See above: there is nothing to do.
}
