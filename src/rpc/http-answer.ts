import { isGone } from "./node-http.ts";
import type { HttpRequest, HttpResponse } from "./node-http.ts";
import { InvalidArgumentError } from "../core/errors.ts";
import type { RequestError } from "../core/errors.ts";
import { errorCodes, toSeconds } from "./error-codes.ts";

type Headers = Readonly<Record<string, string>>;

/** Sends JSON; to HEAD only its headers. */
export function sendJson(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  body: unknown,
  headers: Headers = {},
): void {
  const type = { "content-type": "application/json; charset=utf-8" };
  send(request, response, status, JSON.stringify(body), { ...type, ...headers });
}

/** Sends a text of some type that is not to be kept; to HEAD only its headers. */
export function sendText(request: HttpRequest, response: HttpResponse, text: string, type: string): void {
  send(request, response, 200, text, { "content-type": type, "cache-control": "no-store" });
}

function send(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  text: string,
  headers: Headers,
): void {
  if (response.headersSent || isGone(response)) return;
  const bytes = Buffer.from(text);
  const all = { "content-length": bytes.byteLength, ...headers };
  // Overloads of the two response classes differ in their types only.
  for (const [name, value] of Object.entries(all)) response.setHeader(name, value);
  response.statusCode = status;
  if (request.method === "HEAD") response.end();
  else response.end(bytes);
}

/** Sends a failure as plain HTTP says it. */
export function sendError(
  request: HttpRequest,
  response: HttpResponse,
  failure: RequestError,
  headers: Headers = {},
): void {
  const { http, title } = errorCodes[failure.kind];
  const { message, retryAfterMs } = failure;
  const retry = retryAfterMs === undefined ? undefined : toSeconds(retryAfterMs);
  const body = {
    error: title,
    message,
    ...(failure instanceof InvalidArgumentError && { fields: failure.fields }),
    ...(retry !== undefined && { retryAfter: Number(retry) }),
  };
  sendJson(request, response, http, body, {
    ...headers,
    // RFC 9110 section 15.5.2 wants it of each 401.
    ...(http === 401 && { "www-authenticate": "Bearer" }),
    ...(retry !== undefined && { "retry-after": retry }),
  });
}
