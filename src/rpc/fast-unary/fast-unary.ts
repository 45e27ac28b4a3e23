import type { DescMessage, DescMethodUnary, Message } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ContextValues, Interceptor, UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import {
  createMethodSerializationLookup,
  validateUniversalHandlerOptions,
} from "@connectrpc/connect/protocol";
import type { MethodSerializationLookup, UniversalHandlerOptions } from "@connectrpc/connect/protocol";
import type { HttpRequest, HttpResponse } from "../node-http.ts";
import type { RepeatedAnswers } from "../repeated-answers.ts";
import type { RequestContext } from "../request-context.ts";
import { createConnectUnary } from "./connect-unary.ts";
import { createGrpcUnary } from "./grpc-unary.ts";
import { readBody, replay } from "./read-body.ts";
import { UnaryAnswer, UnaryCall, toUrl } from "./unary-call.ts";
import type { UnaryMethod } from "./unary-methods.ts";
import type { Exchange, Sealed, UnaryProtocol, UnaryTerms } from "./unary-protocol.ts";

interface FastUnaryOptions {
  /** The same that Connect has. */
  readonly connect: Partial<UniversalHandlerOptions>;
  readonly methods: readonly UnaryMethod[];
  readonly answers: RepeatedAnswers;
  /** Throws when JSON is not to be parsed. */
  readonly checkJson: (bytes: Uint8Array) => void;
  /** Where a call's handler finds what is known of it. */
  readonly toContextValues: (context: RequestContext) => ContextValues;
}

/** Called with a call that is better left to Connect, and with its body. */
type HandOver = (body: AsyncIterable<Uint8Array>) => void;

/**
 * A short way for unary calls. Connect turns each into a pipeline of asynchronous iterators, which takes most of the
 * time that an answer from the cache needs; here the same interceptors and the same handler are called with the one
 * message that there is. Whatever is not plain, in headers or in the body, is handed over to Connect untouched, so that
 * there is nothing here for rare cases, and no rule.
 */
export interface FastUnary {
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

interface Rpc {
  readonly method: DescMethodUnary;
  readonly serialization: MethodSerializationLookup<DescMessage, DescMessage>;
  /** Through all interceptors to the handler. */
  readonly invoke: (request: UnaryRequest) => Promise<UnaryResponse>;
}

interface Started {
  readonly rpc: Rpc;
  readonly protocol: UnaryProtocol;
  readonly terms: UnaryTerms;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly context: RequestContext;
  readonly deadlineAtMs: number | undefined;
}

export function createFastUnary({ connect, methods, ...deps }: FastUnaryOptions): FastUnary {
  const options = validateUniversalHandlerOptions(connect);
  const protocols = [createGrpcUnary(options), createConnectUnary(options)];
  const rpcs = new Map(methods.map((method) => [method.path, createRpc(method, options)]));
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
    for (const protocol of protocols) {
      const terms = protocol.accept(request);
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
      if (!terms.isBinary) deps.checkJson(bytes);
      return rpc.serialization.getI(terms.isBinary).parse(bytes);
    } catch {
      return undefined;
    }
  }

  async function run(started: Started, message: Message): Promise<void> {
    const { rpc, protocol, terms, request, response, context, deadlineAtMs } = started;
    const call = new UnaryCall({
      method: rpc.method,
      message,
      request,
      response,
      protocolName: protocol.name,
      contextValues: deps.toContextValues(context),
      deadlineAtMs,
    });
    const exchange: Exchange = { call, terms, response, context };
    let sealed: Sealed | undefined;
    let failure: ConnectError | undefined;
    try {
      sealed = await answerOf(started, call);
    } catch (error) {
      failure = toConnectError(error);
    }
    call.end();
    if (sealed) protocol.send(exchange, sealed);
    else if (failure) await protocol.fail(exchange, failure);
  }

  async function answerOf({ rpc, protocol, terms }: Started, call: UnaryCall): Promise<Sealed> {
    const { message } = await rpc.invoke(call);
    const seal = () => protocol.seal(rpc.serialization.getO(terms.isBinary).serialize(message), terms);
    const form = `${protocol.name} ${terms.isBinary} ${terms.compression?.name}`;
    return deps.answers.remember(message, form, seal);
  }

  return {
    answer: (path, request, response, context, handOver) => {
      const started = start(path, request, response, context);
      if (started === undefined) return false;
      const leave: HandOver = (body) => {
        tellTimeLeft(started);
        handOver(body);
      };
      readBody(request, {
        maxBytes: MAX_BODY_BYTES,
        share: context.body,
        larger: leave,
        whole: (body) => {
          const message = decode(started, body);
          if (message === undefined) {
            context.body.release();
            leave(replay([body]));
            return;
          }
          run(started, message).catch((error: unknown) =>
            context.log("warn", { err: error }, "an answer could not be sent"),
          );
        },
      });
      return true;
    },
  };
}

function createRpc({ spec }: UnaryMethod, options: UniversalHandlerOptions): Rpc {
  const { method, impl } = spec;
  const handle = async (request: UnaryRequest): Promise<UnaryResponse> => {
    // What interceptors pass on is what they were given; ours add nothing to it.
    const call = request as unknown as UnaryCall;
    return new UnaryAnswer(call, create(method.output, await impl(call.message as never, call)));
  };
  const invoke = options.interceptors.reduceRight<ReturnType<Interceptor>>(
    (next, intercept) => intercept(next),
    handle as ReturnType<Interceptor>,
  );
  return {
    method,
    serialization: createMethodSerializationLookup(
      method,
      options.binaryOptions,
      options.jsonOptions,
      options,
    ),
    invoke: invoke as Rpc["invoke"],
  };
}

/** Connect counts from the moment at which it is given a call. */
function tellTimeLeft({ protocol, request, deadlineAtMs }: Started): void {
  if (deadlineAtMs === undefined) return;
  protocol.setTimeoutMs(request.headers, Math.max(0, deadlineAtMs - performance.now()));
}

function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  return new ConnectError("internal error", Code.Internal, undefined, undefined, error);
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
