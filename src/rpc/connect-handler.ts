import type { DescMethod } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { createContextValues, createConnectRouter } from "@connectrpc/connect";
import type { ConnectRouterOptions, ContextValues, MethodImpl, ServiceImplSpec } from "@connectrpc/connect";
import type { UniversalServerRequest } from "@connectrpc/connect/protocol";
import {
  compressionBrotli,
  compressionGzip,
  universalRequestFromNodeRequest,
} from "@connectrpc/connect-node";
import { InvalidArgumentError } from "../core/errors.ts";
import { clientGone, createGoneSignal } from "./client-gone.ts";
import { toEndStatus } from "./end-status.ts";
import { toConnectError } from "./error-codes.ts";
import { createFastCalls } from "./fast-calls/fast-calls.ts";
import { sendError, sendJson } from "./http-answer.ts";
import type { BodyShare } from "./limits/body-budget.ts";
import { createTurns } from "./limits/decompression-turns.ts";
import type { Check } from "./limits/checked-bodies.ts";
import { checkBody, checkEnvelopes, withCheck } from "./limits/checked-bodies.ts";
import { createJsonCheck } from "./limits/json-check.ts";
import { checkProtobuf, createProtobufCheck } from "./limits/protobuf-check.ts";
import type { Door } from "./door.ts";
import { isGone } from "./node-http.ts";
import type { HttpRequest, HttpResponse } from "./node-http.ts";
import type { RepeatedAnswers } from "./repeated-answers.ts";
import { requestContextKey } from "./request-context.ts";
import type { RequestContext } from "./request-context.ts";
import { sendUniversalAnswer } from "./send-universal-answer.ts";

const COMPRESSIONS = [compressionGzip, compressionBrotli].map(createTurns());

interface ConnectHandlerOptions extends ConnectRouterOptions {
  /** Most bytes of a method's message. */
  readonly maxBytesOf: (method: DescMethod) => number;
  readonly answers: RepeatedAnswers;
  /** False has Connect answer everything. */
  readonly isFast: boolean;
}

/**
 * Answers gRPC, gRPC-Web and Connect. It does what connect-node's adapter does, but writes failures of the transport
 * into our log, and survives request lines that are no URL or hold no base64.
 */
export function createConnectHandler(
  { answers, isFast, maxBytesOf, ...options }: ConnectHandlerOptions,
  services: readonly ServiceImplSpec[],
): Door {
  const createHandlers = (createCheck: () => Check) => {
    const acceptCompression = COMPRESSIONS.map((compression) => withCheck(compression, createCheck));
    const router = createConnectRouter({ acceptCompression, ...options });
    const methods = services.flatMap((service) => Object.values(service.methods));
    for (const { method, impl } of methods) {
      router.rpc(method, impl as MethodImpl<typeof method>, { readMaxBytes: maxBytesOf(method) });
    }
    return new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
  };
  const handlers = createHandlers(createProtobufCheck);
  const jsonHandlers = createHandlers(createJsonCheck);
  const fast = createFastCalls({
    connect: { acceptCompression: COMPRESSIONS, ...options },
    services: isFast ? services : [],
    maxBytesOf,
    answers,
    check: (bytes, isBinary) => (isBinary ? checkProtobuf : createJsonCheck())(bytes),
    toContextValues,
  });

  function answerByConnect(
    path: string,
    request: HttpRequest,
    response: HttpResponse,
    context: RequestContext,
    body?: AsyncIterable<Uint8Array>,
  ): void {
    context.isCompressed = isCompressed(request);
    // A message in an address may be JSON, too, and is never a large one.
    const isJson = request.method === "GET" || JSON_TYPE.test(request.headers["content-type"] ?? "");
    const handler = (isJson ? jsonHandlers : handlers).get(path);
    if (handler === undefined) throw new Error(`there is no RPC at ${path}`);
    const universal = toUniversalRequest(request, response, context);
    if (universal === undefined) {
      const description = "the request's address is malformed";
      sendError(request, response, new InvalidArgumentError([{ field: "", description }]));
      return;
    }
    // Connect's own handler takes what it can't decode here for a fault of the server, and answers 500.
    if (handler.allowedMethods.includes("GET") && hasBrokenBase64(universal)) {
      const body = { code: "invalid_argument", message: "the message in the address is not valid base64" };
      sendJson(request, response, 400, body, { "content-type": "application/json" });
      return;
    }
    const guarded = guardBody(request, body ?? universal.body, context.body, handler.method, maxBytesOf);
    const signal = createGoneSignal(request, response);
    handler({ ...universal, body: guarded, signal })
      .then((universalAnswer) => {
        context.grpcStatus = universalAnswer.trailer?.get("grpc-status") ?? undefined;
        return sendUniversalAnswer(universalAnswer, response, signal, (chunk) => {
          if (!context.isLogged) context.grpcStatus ??= toEndStatus(chunk);
        });
      })
      .catch((error: unknown) => {
        // A client that goes away is no failure of ours.
        if (!isGone(response)) context.log("warn", { err: error }, "an answer could not be sent");
      });
  }

  // The name of an RPC is its path without the slash.
  return {
    nameOf: (path) => (handlers.has(path) ? path.slice(1) : undefined),
    answer: (...call) => {
      const handOver = (body: AsyncIterable<Uint8Array>): void => answerByConnect(...call, body);
      if (!fast.answer(...call, handOver)) answerByConnect(...call);
    },
  };
}

function toContextValues(context: RequestContext): ContextValues {
  return createContextValues().set(requestContextKey, context);
}

function toUniversalRequest(request: HttpRequest, response: HttpResponse, context: RequestContext) {
  try {
    return universalRequestFromNodeRequest(request, response, undefined, toContextValues(context));
  } catch {
    return undefined;
  }
}

/** In an address, too, a message may be compressed. */
function isCompressed({ headers, method }: HttpRequest): boolean {
  const encodings = [
    headers["content-encoding"],
    headers["grpc-encoding"],
    headers["connect-content-encoding"],
  ];
  return method === "GET" || encodings.some((encoding) => (encoding ?? "identity") !== "identity");
}

/** `application/json`, and `application/grpc+json` and its like. */
const JSON_TYPE = /^application\/(?:[\w-]+\+)?json\b/i;

/** Of bodies in which each message has a head of its own. */
const ENVELOPES_TYPE = /^application\/(?:grpc|connect\+)/i;

/** Passes the body on as long as it keeps to the limits. */
function guardBody(
  { headers }: HttpRequest,
  body: UniversalServerRequest["body"],
  share: BodyShare,
  method: DescMethod,
  maxBytesOf: (method: DescMethod) => number,
): UniversalServerRequest["body"] {
  const type = headers["content-type"] ?? "";
  // A stream may stay open for long after its message, of which hardly more than an id is kept.
  const whole = (): void => (method.methodKind === "unary" ? share.join() : share.release());
  const counted = count(body as AsyncIterable<Uint8Array>, share, whole);
  const createCheck = JSON_TYPE.test(type) ? createJsonCheck : createProtobufCheck;
  if (ENVELOPES_TYPE.test(type)) return checkEnvelopes(counted, maxBytesOf(method), createCheck);
  return (headers["content-encoding"] ?? "identity") === "identity"
    ? checkBody(counted, createCheck)
    : counted;
}

async function* count(
  body: AsyncIterable<Uint8Array>,
  share: BodyShare,
  whole: () => void,
): AsyncGenerator<Uint8Array, void> {
  for await (const chunk of fromClient(body)) {
    try {
      share.takeChunk(chunk);
    } catch (error) {
      throw toConnectError(error);
    }
    yield chunk;
  }
  whole();
}

/** Fails only when a client leaves in the middle of it, whatever Node says then. */
async function* fromClient(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    yield* body;
  } catch {
    throw toConnectError(clientGone());
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
