import { create } from "@bufbuild/protobuf";
import type { ConnectError, MethodImplSpec, UnaryResponse } from "@connectrpc/connect";
import { createSerialization, intercept, toCallInit, toConnectError } from "./rpc.ts";
import type { Exchange, Handle, Rpc, RpcDependencies, Started } from "./rpc.ts";
import type { Sealed } from "./protocol.ts";
import { UnaryAnswer, UnaryCall } from "./unary-call.ts";

type UnarySpec = Extract<MethodImplSpec, { readonly kind: "unary" }>;

/** Calls with one message each way. */
export function createUnaryRpc({ method, impl }: UnarySpec, deps: RpcDependencies): Rpc {
  const { options, answers } = deps;
  const serialization = createSerialization(method, options);
  const handle = async (call: UnaryCall): Promise<UnaryResponse> =>
    new UnaryAnswer(call, create(method.output, await impl(call.message as never, call)));
  // What interceptors pass on is what they were given; ours add nothing to it.
  const invoke = intercept(handle as unknown as Handle, options) as unknown as typeof handle;

  async function answerOf({ protocol, terms }: Started, call: UnaryCall): Promise<Sealed> {
    const { message } = await invoke(call);
    const form = `${protocol.name} ${terms.isBinary} ${terms.compression?.name}`;
    return answers.remember(message, form, () =>
      protocol.seal(serialization.getO(terms.isBinary).serialize(message), terms),
    );
  }

  return {
    isStreaming: false,
    serialization,
    answer: async (started, message) => {
      const { protocol, terms, response, context } = started;
      const call = new UnaryCall(toCallInit(method, started, deps), message);
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
    },
  };
}
