import type { DescMessage, DescMethod, Message } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ContextValues, Interceptor } from "@connectrpc/connect";
import { createMethodSerializationLookup } from "@connectrpc/connect/protocol";
import type { MethodSerializationLookup, UniversalHandlerOptions } from "@connectrpc/connect/protocol";
import type { HttpRequest, HttpResponse } from "../node-http.ts";
import type { RepeatedAnswers } from "../repeated-answers.ts";
import type { RequestContext } from "../request-context.ts";
import type { Call, CallInit } from "./call.ts";
import type { Protocol, Terms } from "./protocol.ts";

/** A call that has been taken on, and whose message is still to be read. */
export interface Started {
  readonly rpc: Rpc;
  readonly protocol: Protocol;
  readonly terms: Terms;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly context: RequestContext;
  /** When its time is up, by `performance.now()`. */
  readonly deadlineAtMs: number | undefined;
}

/** One call that is being answered. */
export interface Exchange {
  readonly call: Call<DescMethod>;
  readonly terms: Terms;
  readonly response: HttpResponse;
  readonly context: RequestContext;
}

/** A method that can be called this way. */
export interface Rpc {
  readonly isStreaming: boolean;
  readonly serialization: MethodSerializationLookup<DescMessage, DescMessage>;
  answer(started: Started, message: Message): Promise<void>;
}

export interface RpcDependencies {
  /** The same that Connect has. */
  readonly options: UniversalHandlerOptions;
  readonly answers: RepeatedAnswers;
  /** Where a call's handler finds what is known of it. */
  readonly toContextValues: (context: RequestContext) => ContextValues;
}

/** Something that interceptors stand around. */
export type Handle = ReturnType<Interceptor>;

/** Puts interceptors around a handler, the first of them outermost. */
export function intercept(handle: Handle, { interceptors }: UniversalHandlerOptions): Handle {
  return interceptors.reduceRight<Handle>((next, interceptor) => interceptor(next), handle);
}

export function createSerialization(
  method: DescMethod,
  options: UniversalHandlerOptions,
): Rpc["serialization"] {
  return createMethodSerializationLookup(method, options.binaryOptions, options.jsonOptions, options);
}

export function toCallInit<Method extends DescMethod>(
  method: Method,
  { protocol, request, response, context, deadlineAtMs }: Started,
  { toContextValues }: RpcDependencies,
): CallInit<Method> {
  const contextValues = toContextValues(context);
  return { method, request, response, protocolName: protocol.name, contextValues, deadlineAtMs };
}

/** What Connect makes of a failure. */
export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  return new ConnectError("internal error", Code.Internal, undefined, undefined, error);
}
