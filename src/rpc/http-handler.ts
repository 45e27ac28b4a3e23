import { RequestError } from "../core/errors.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { Admission } from "./admission/admission.ts";
import { refuse } from "./admission/refuse.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { endCallSpan, startCallSpan, toTraceId } from "./call-span.ts";
import type { Door } from "./door.ts";
import { errorCodes, toCodeName, toCodeOfStatus, toRequestError } from "./error-codes.ts";
import { sendError } from "./http-answer.ts";
import { createBodyBudget } from "./limits/body-budget.ts";
import type { Limits } from "./limits/limits.ts";
import { createOpenCalls } from "./limits/open-calls.ts";
import { limitPipeline } from "./limits/pipeline.ts";
import { takeRestOfBody } from "./limits/rest-of-body.ts";
import { cutOff, limitBodyTime, limitStalls, reset } from "./limits/slow-clients.ts";
import { limitTimeouts } from "./limit-timeouts.ts";
import { isGone } from "./node-http.ts";
import type { HttpHandler, HttpRequest, HttpResponse } from "./node-http.ts";
import { destroyOnceReset, onRequestEnd } from "./request-end.ts";
import { PUBLIC_TENANT, REQUEST_ID_HEADER, toRequestId } from "./request-context.ts";
import type { RequestContext } from "./request-context.ts";
import type { Serving } from "./serving.ts";

interface HttpHandlerDependencies {
  readonly doors: readonly Door[];
  readonly admission: Admission;
  readonly serving: Serving;
  readonly limits: Limits;
  readonly metrics: Metrics;
  readonly tracing: Tracing;
  readonly logger: Logger;
}

/** Shows each request that is admitted to the doors in turn; the first that knows the path answers. */
export function createHttpHandler({
  doors,
  admission,
  serving,
  limits,
  metrics,
  tracing,
  logger,
}: HttpHandlerDependencies): HttpHandler {
  const bodies = createBodyBudget(limits.bytesInFlight);
  const calls = createOpenCalls(limits);

  return (request, response) => {
    const caller = admission.identify(request);
    const { tenant = PUBLIC_TENANT, address: peer } = caller;
    const path = toPath(request.url ?? "");
    const { door, method } = findDoor(doors, path, request.method ?? "");
    const requestId = toRequestId(request.headers[REQUEST_ID_HEADER]);
    let isOver = false;
    const span = startCallSpan(tracing, method, request);
    const context: RequestContext = {
      requestId,
      tenant,
      peer,
      traceparent: span.traceparent,
      log: (level, fields, message) => logger[level]({ requestId, ...toTraceId(span), ...fields }, message),
      isGone: () => isOver || isGone(response),
      hasDeadline: limitTimeouts(request.headers),
      body: bodies.open(),
      messageRead: () => {
        bodyTime.restart();
        context.body.release();
      },
      count: (code, durationMs) => {
        metrics.call({ method, code, durationMs });
        endCallSpan(span, code);
      },
      countUser: (userId) => admission.limits?.countUser(tenant, userId, response),
    };
    response.setHeader(REQUEST_ID_HEADER, context.requestId);
    // A kept connection would hold up the shutdown.
    if (serving.isStopping() && request.httpVersionMajor === 1) response.setHeader("connection", "close");
    // A client may vanish at any time; whoever reads or writes then learns of it, and nobody else need.
    request.on("error", ignore);
    response.on("error", ignore);
    limitStalls(response, limits);
    const fail = (failure: RequestError): void => {
      context.refusal = failure.kind;
      if (response.headersSent) cutOff(response);
      else refuse(path, request, response, failure);
    };
    const bodyTime = limitBodyTime(request, limits.bodyMs, () => {
      fail(new RequestError("too_slow", "the request's body took too long"));
      cutOff(response);
    });
    const startedAtMs = performance.now();
    const openCall = calls.enter(caller.tenant === undefined);
    onRequestEnd(request, response, () => {
      isOver = true;
      openCall?.leave();
      bodyTime.end();
      stopWaiting();
      context.body.end();
      tell(path, request, response, context, performance.now() - startedAtMs);
    });
    destroyOnceReset(request);
    const stopWaiting = limitPipeline(request, response, limits);
    takeRestOfBody(request, response);
    // A busy process that is taken for a dead one would be started again. Over HTTP/1.1, nothing keeps an answer so short
    // from being sent.
    const isProbe = PROBE_PATH.test(path);
    if (openCall === undefined && !(isProbe && request.httpVersionMajor === 1)) {
      context.refusal = "unavailable";
      reset(request, response);
      return;
    }
    if (openCall?.isRefused && !isProbe) {
      fail(new RequestError("unavailable", "too many calls are open", { retryAfterMs: 1_000 }));
      return;
    }
    if (admission.prepare(request, response)) return;
    const answer = async (): Promise<void> => {
      await admission.admit(path, caller, response);
      // Whoever went away while it was counted needs no answer.
      if (context.isGone()) return;
      if (door) await door.answer(path, request, response, context);
      else answerUnknown(request, response);
    };
    answer().catch((error: unknown) => {
      const failure = toRequestError(error);
      if (failure.kind === "internal")
        context.log("error", { err: failure.cause }, "a call failed unexpectedly");
      fail(failure);
    });
  };
}

const PROBE_PATH = /^\/(?:livez|readyz)$/;

interface Entrance {
  /** Undefined when there is nothing at the path. */
  readonly door: Door | undefined;
  readonly method: string;
}

function findDoor(doors: readonly Door[], path: string, httpMethod: string): Entrance {
  for (const door of doors) {
    const method = door.nameOf(path, httpMethod);
    // What browsers ask first is no call of the method.
    if (method !== undefined) return { door, method: httpMethod === "OPTIONS" ? httpMethod : method };
  }
  return { door: undefined, method: OTHER_METHOD };
}

/** For metrics: whatever clients make up is one thing. */
const OTHER_METHOD = "other";

/** The path alone, also of the absolute form that a proxy may send, RFC 9112 section 3.2.2. */
function toPath(url: string): string {
  const [target = ""] = url.split("?", 1);
  return target.startsWith("/") ? target : target.replace(/^https?:\/\/[^/]*/i, "");
}

/** One line, and one count, for every request that has not got them from further inside. */
function tell(
  path: string,
  request: HttpRequest,
  response: HttpResponse,
  context: RequestContext,
  exactMs: number,
): void {
  if (context.isLogged) return;
  context.isLogged = true;
  const durationMs = Math.round(exactMs * 1_000) / 1_000;
  const { tenant, peer, jobId } = context;
  const code = toCode(context, response);
  context.count(code, durationMs);
  // Over HTTP/2 it may be any text.
  const verb = (request.method ?? "").slice(0, MAX_LOGGED_VERB);
  const method = `${verb} ${path.slice(0, MAX_LOGGED_PATH)}`;
  const fields = {
    method,
    code,
    status: response.statusCode,
    durationMs,
    tenant,
    peer,
    ...(jobId && { jobId }),
  };
  context.log("info", fields, "call");
}

const MAX_LOGGED_VERB = 20;
const MAX_LOGGED_PATH = 200;

function toCode({ refusal, grpcStatus }: RequestContext, response: HttpResponse): string {
  if (refusal !== undefined) return toCodeName(errorCodes[refusal].rpc);
  // Whoever left before its answer had been sent did not get one; over HTTP/2, it may have begun.
  if (!("stream" in response ? response.headersSent : response.writableFinished))
    return toCodeName(errorCodes.cancelled.rpc);
  const status = grpcStatus ?? response.getHeader("grpc-status");
  if (status === undefined) return toCodeOfStatus(response.statusCode);
  return status === "0" ? "ok" : toCodeName(Number(status));
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
