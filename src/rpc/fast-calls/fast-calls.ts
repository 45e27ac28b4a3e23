import type { DescMethod, Message } from "@bufbuild/protobuf";
import type { ServiceImplSpec } from "@connectrpc/connect";
import { validateUniversalHandlerOptions } from "@connectrpc/connect/protocol";
import type { UniversalHandlerOptions } from "@connectrpc/connect/protocol";
import { isGone } from "../node-http.ts";
import type { HttpRequest, HttpResponse } from "../node-http.ts";
import type { RequestContext } from "../request-context.ts";
import { toUrl } from "./call.ts";
import { createConnect } from "./connect.ts";
import { createGrpc } from "./grpc.ts";
import { readBody, replay } from "./read-body.ts";
import type { Rpc, RpcDependencies, Started } from "./rpc.ts";
import { createStreamRpc } from "./stream-rpc.ts";
import { createUnaryRpc } from "./unary-rpc.ts";

interface FastCallsOptions extends Omit<RpcDependencies, "options"> {
  /** The same that Connect has. */
  readonly connect: Partial<UniversalHandlerOptions>;
  readonly services: readonly ServiceImplSpec[];
  /** Most bytes of a method's message. */
  readonly maxBytesOf: (method: DescMethod) => number;
  /** Throws when a message is not to be parsed. */
  readonly check: (bytes: Uint8Array, isBinary: boolean) => void;
}

/** Called with a call that is better left to Connect, and with its body. */
type HandOver = (body: AsyncIterable<Uint8Array>) => void;

/**
 * A short way for plain calls. Connect turns each into a pipeline of asynchronous iterators, which takes most of the
 * time that an answer from the cache needs; here the same interceptors and the same handler are called with the one
 * message that there is. Whatever is not plain, in headers or in the body, is handed over to Connect untouched, so that
 * there is nothing here for rare cases, and no rule.
 */
export interface FastCalls {
  /** False when the call is not for this way. */
  answer(
    path: string,
    request: HttpRequest,
    response: HttpResponse,
    context: RequestContext,
    handOver: HandOver,
  ): boolean;
}

/** Larger messages gain little. */
const MAX_BODY_BYTES = 64 * 1024;

export function createFastCalls({ connect, services, maxBytesOf, ...deps }: FastCallsOptions): FastCalls {
  const options = validateUniversalHandlerOptions(connect);
  const protocols = [createGrpc(options), createConnect(options)];
  const rpcs = createRpcs(services, (method) => ({
    ...deps,
    options: { ...options, readMaxBytes: maxBytesOf(method) },
  }));
  const isGoodAuthority = createAuthorityCheck();

  function start(
    path: string,
    request: HttpRequest,
    response: HttpResponse,
    context: RequestContext,
  ): Started | undefined {
    const rpc = rpcs.get(path);
    if (rpc === undefined || request.method !== "POST" || request.url !== path) return undefined;
    if (!isGoodAuthority(request)) return undefined;
    // Connect may refuse a larger body before it comes.
    if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) return undefined;
    for (const protocol of protocols) {
      const terms = protocol.accept(request, rpc);
      if (terms === undefined) continue;
      const { timeoutMs } = terms;
      const deadlineAtMs = timeoutMs === undefined ? undefined : performance.now() + timeoutMs;
      return { rpc, protocol, terms, request, response, context, deadlineAtMs };
    }
    return undefined;
  }

  function decode({ rpc, protocol, terms }: Started, body: Buffer): Message | undefined {
    const bytes = protocol.unwrap(body);
    if (bytes === undefined) return undefined;
    try {
      deps.check(bytes, terms.isBinary);
      return rpc.serialization.getI(terms.isBinary).parse(bytes);
    } catch {
      return undefined;
    }
  }

  return {
    answer: (path, request, response, context, handOver) => {
      const started = start(path, request, response, context);
      if (started === undefined) return false;
      const { rpc } = started;
      const leave: HandOver = (body) => {
        tellTimeLeft(started);
        handOver(body);
      };
      readBody(request, {
        maxBytes: MAX_BODY_BYTES,
        share: context.body,
        isKept: (head) => started.protocol.isPlain(head, MAX_BODY_BYTES),
        larger: leave,
        whole: (body) => {
          // Over HTTP/2, Node ends the body also of a client that has reset its stream in the middle of it.
          if (isGone(response)) return;
          const message = decode(started, body);
          if (message === undefined) {
            context.body.release();
            leave(replay([body]));
            return;
          }
          // It may stay open for long, and of its message hardly more than an id is kept.
          if (rpc.isStreaming) context.body.release();
          rpc
            .answer(started, message)
            .catch((error: unknown) => context.log("warn", { err: error }, "an answer could not be sent"));
        },
      });
      return true;
    },
  };
}

function createRpcs(
  services: readonly ServiceImplSpec[],
  toDeps: (method: DescMethod) => RpcDependencies,
): ReadonlyMap<string, Rpc> {
  const rpcs = new Map<string, Rpc>();
  for (const spec of services.flatMap(({ methods }) => Object.values(methods))) {
    const path = `/${spec.method.parent.typeName}/${spec.method.name}`;
    if (spec.kind === "unary") rpcs.set(path, createUnaryRpc(spec, toDeps(spec.method)));
    if (spec.kind === "server_streaming") rpcs.set(path, createStreamRpc(spec, toDeps(spec.method)));
  }
  return rpcs;
}

/** Connect counts from the moment at which it is given a call. */
function tellTimeLeft({ protocol, request, deadlineAtMs }: Started): void {
  if (deadlineAtMs === undefined) return;
  protocol.setTimeoutMs(request.headers, Math.max(0, deadlineAtMs - performance.now()));
}

/** Whether a request's address can be made into a URL, which Connect needs; remembered for the last one. */
function createAuthorityCheck(): (request: HttpRequest) => boolean {
  let good: string | undefined;
  return (request) => {
    const authority = "authority" in request ? request.authority : request.headers.host;
    if (authority === undefined) return false;
    if (authority === good) return true;
    try {
      toUrl(request);
    } catch {
      return false;
    }
    good = authority;
    return true;
  };
}
