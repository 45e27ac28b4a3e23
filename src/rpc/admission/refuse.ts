import { encodeEnvelope } from "@connectrpc/connect/protocol";
import {
  codeToHttpStatus,
  endStreamFlag,
  endStreamToJson,
  errorToJsonBytes,
} from "@connectrpc/connect/protocol-connect";
import { setTrailerStatus } from "@connectrpc/connect/protocol-grpc";
import type { ConnectError } from "@connectrpc/connect";
import type { RequestError } from "../../core/errors.ts";
import { toConnectError } from "../error-codes.ts";
import { sendError } from "../http-answer.ts";
import { isGone } from "../node-http.ts";
import type { HttpRequest, HttpResponse } from "../node-http.ts";

/** A package, a service and a method, as in `/stepper.v1.ReportService/Get`. */
const RPC_PATH = /^\/[^/]*\.[^/]*\/[^/]+$/;

/** Answers a request that nobody has looked into with a failure, as its protocol says it. */
export function refuse(
  path: string,
  request: HttpRequest,
  response: HttpResponse,
  failure: RequestError,
): void {
  const type = request.headers["content-type"] ?? "";
  if (!RPC_PATH.test(path)) sendError(request, response, failure);
  else if (type.startsWith("application/grpc")) refuseGrpc(type, response, toConnectError(failure));
  else if (type.startsWith("application/connect+")) refuseStream(type, response, toConnectError(failure));
  else refuseUnary(response, toConnectError(failure));
}

/** The headers are the trailers, too: gRPC's short form for a call that failed before it began. */
function refuseGrpc(type: string, response: HttpResponse, error: ConnectError): void {
  const headers = setTrailerStatus(new Headers({ "content-type": type }), error);
  send(response, 200, headers);
}

/** Connect's streams end with an envelope that holds the failure. */
function refuseStream(type: string, response: HttpResponse, error: ConnectError): void {
  const end = JSON.stringify(endStreamToJson(new Headers(), error, undefined));
  send(response, 200, new Headers({ "content-type": type }), encodeEnvelope(endStreamFlag, Buffer.from(end)));
}

function refuseUnary(response: HttpResponse, error: ConnectError): void {
  const headers = new Headers(error.metadata);
  headers.set("content-type", "application/json");
  send(response, codeToHttpStatus(error.code), headers, errorToJsonBytes(error, undefined));
}

function send(response: HttpResponse, status: number, headers: Headers, body?: Uint8Array): void {
  if (response.headersSent || isGone(response)) return;
  headers.forEach((value, name) => response.setHeader(name, value));
  response.statusCode = status;
  if (body !== undefined) response.setHeader("content-length", body.byteLength);
  if (body === undefined) response.end();
  else response.end(body);
}
