import { fileURLToPath } from "node:url";
import { Metadata, Server, ServerCredentials, loadPackageDefinition } from "@grpc/grpc-js";
import type { ServerWritableStream, ServiceClientConstructor, sendUnaryData } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

type Message = Readonly<Record<string, unknown>>;

/** How the server meets one call: messages, then OK or an error. */
interface Reply {
  readonly messages?: readonly Message[];
  readonly code?: number;
  readonly retryAfterSeconds?: number;
}

/** A stepper server played by a script. */
export interface ScriptedReportServer {
  readonly url: string;
  /** Requests by method, in order. */
  readonly requests: { readonly enqueue: readonly Message[]; readonly watchJob: readonly Message[] };
  close(): void;
}

const proto = fileURLToPath(new URL("../../proto/stepper/v1/report_service.proto", import.meta.url));
const { service } = (
  loadPackageDefinition(loadSync(proto, { longs: String })) as unknown as {
    stepper: { v1: { ReportService: ServiceClientConstructor } };
  }
).stepper.v1.ReportService;

/** Answers the calls of each method with its replies, in order. */
export async function startScriptedReportServer(replies: {
  readonly enqueue: readonly Reply[];
  readonly watchJob: readonly Reply[];
}): Promise<ScriptedReportServer> {
  const requests = { enqueue: [] as Message[], watchJob: [] as Message[] };
  const next = (method: keyof typeof requests, request: Message): Reply => {
    requests[method].push(request);
    const reply = replies[method][requests[method].length - 1];
    if (reply === undefined) throw new Error(`no reply is scripted for ${method}`);
    return reply;
  };
  const server = new Server();
  server.addService(service, {
    enqueue: ({ request }: { request: Message }, callback: sendUnaryData<Message>) => {
      const reply = next("enqueue", request);
      callback(toError(reply), reply.messages?.[0]);
    },
    watchJob: (call: ServerWritableStream<Message, Message>) => {
      const reply = next("watchJob", call.request);
      for (const message of reply.messages ?? []) call.write(message);
      const error = toError(reply);
      if (error) call.emit("error", error);
      else call.end();
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { url: `http://127.0.0.1:${port}`, requests, close: () => server.forceShutdown() };
}

function toError({ code, retryAfterSeconds }: Reply) {
  if (code === undefined) return null;
  const metadata = new Metadata();
  if (retryAfterSeconds !== undefined) metadata.set("retry-after", String(retryAfterSeconds));
  return Object.assign(new Error("scripted"), { code, details: "scripted", metadata });
}
