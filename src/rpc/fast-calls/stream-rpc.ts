import { create } from "@bufbuild/protobuf";
import type { MessageInitShape, DescMessage } from "@bufbuild/protobuf";
import type { ConnectError, MethodImplSpec, StreamResponse } from "@connectrpc/connect";
import { clientGone } from "../client-gone.ts";
import { isGone } from "../node-http.ts";
import type { HttpResponse } from "../node-http.ts";
import { createSerialization, intercept, toCallInit, toConnectError } from "./rpc.ts";
import type { Exchange, Handle, Rpc, RpcDependencies, Started } from "./rpc.ts";
import { StreamCall } from "./stream-call.ts";

type StreamSpec = Extract<MethodImplSpec, { readonly kind: "server_streaming" }>;

/** Calls with one message that are answered with many. */
export function createStreamRpc({ method, impl }: StreamSpec, deps: RpcDependencies): Rpc {
  const { options } = deps;
  const serialization = createSerialization(method, options);
  const handle = (call: StreamCall): Promise<StreamResponse> =>
    Promise.resolve({
      stream: true,
      service: method.parent,
      method,
      header: call.responseHeader,
      trailer: call.responseTrailer,
      message: impl(call.only as never, call) as StreamResponse["message"],
    });
  // What interceptors pass on is what they were given; ours add nothing to it.
  const invoke = intercept(handle as unknown as Handle, options) as unknown as typeof handle;

  async function sendOne({ protocol, terms }: Started, each: unknown, exchange: Exchange): Promise<void> {
    const message = create(method.output, each as MessageInitShape<DescMessage>);
    const sealed = await protocol.seal(serialization.getO(terms.isBinary).serialize(message), terms);
    if (!protocol.sendPart(exchange, sealed)) await drained(exchange.response);
  }

  async function sendAll(started: Started, call: StreamCall, exchange: Exchange): Promise<void> {
    const messages = (await invoke(call)).message[Symbol.asyncIterator]();
    for (let next = await messages.next(); next.done !== true; next = await messages.next()) {
      try {
        await sendOne(started, next.value, exchange);
      } catch (error) {
        // A stream that is only told to end counts as a good one.
        await messages.throw?.(error);
        throw error;
      }
    }
  }

  return {
    isStreaming: true,
    serialization,
    answer: async (started, message) => {
      const { protocol, terms, response, context } = started;
      const call = new StreamCall(toCallInit(method, started, deps), message);
      const exchange: Exchange = { call, terms, response, context };
      let failure: ConnectError | undefined;
      try {
        await sendAll(started, call, exchange);
      } catch (error) {
        failure = toConnectError(error);
      }
      call.end();
      protocol.sendEnd(exchange, failure);
    },
  };
}

/** Waits until a client has taken what it was sent. */
function drained(response: HttpResponse): Promise<void> {
  return new Promise((resolve, reject) => {
    const go = (): void => {
      response.off("drain", go);
      response.off("close", go);
      if (isGone(response)) reject(clientGone());
      else resolve();
    };
    response.once("drain", go);
    response.once("close", go);
    if (isGone(response)) go();
  });
}
