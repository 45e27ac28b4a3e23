import { once } from "node:events";
import { connect } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { WatchJobRequestSchema } from "../../gen/stepper/v1/report_service_pb.ts";

/** Streams that watch one job, over a few connections. */
export interface Watchers {
  /** Resolves when all have got what has happened so far. */
  readonly opened: Promise<unknown>;
  /** How many have not come to their end. */
  open(): number;
  /** Resolves when all have come to their end. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

/** What a server takes over one connection. */
const STREAMS_PER_CONNECTION = 1_000;

export function openWatchers(url: string, jobId: string, count: number): Watchers {
  const bytes = encodeEnvelope(0, toBinary(WatchJobRequestSchema, create(WatchJobRequestSchema, { jobId })));
  const sessions = Array.from({ length: Math.ceil(count / STREAMS_PER_CONNECTION) }, () => connect(url));
  // When the server is stopped first; the streams then close, too.
  for (const session of sessions) session.on("error", () => undefined);
  let open = count;
  const streams = Array.from({ length: count }, (_, index) => {
    const session = sessions[index % sessions.length] as ClientHttp2Session;
    const stream = session.request({
      ":method": "POST",
      ":path": "/stepper.v1.ReportService/WatchJob",
      "content-type": "application/grpc",
      te: "trailers",
    });
    stream.end(bytes);
    stream.on("error", () => undefined);
    stream.once("close", () => (open -= 1));
    return stream;
  });
  return {
    open: () => open,
    opened: Promise.all(
      streams.map(async (stream) => {
        await once(stream, "data");
        stream.resume();
      }),
    ),
    ended: Promise.all(streams.map((stream) => once(stream, "close"))),
    close: async () => {
      const closed = sessions.map((session) => once(session, "close"));
      for (const session of sessions) session.destroy();
      await Promise.all(closed);
    },
  };
}
