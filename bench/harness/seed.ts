import { setTimeout as sleep } from "node:timers/promises";
import { toBinary } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import {
  EnqueueRequestSchema,
  EnqueueResponseSchema,
  GetRequestSchema,
  GetResponseSchema,
  JobStatus,
  ReportService,
} from "../../gen/stepper/v1/report_service_pb.ts";
import { create, toJsonString } from "@bufbuild/protobuf";
import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import type { sampleInput } from "../../test/support/samples.ts";

/** A message in both forms of the wire. */
interface WireMessage {
  readonly binary: Uint8Array;
  readonly json: string;
}

/** A call that a server answers at once, and its answer. */
export interface SeededCall {
  readonly request: WireMessage;
  readonly answer: WireMessage;
  readonly jobId: string;
}

type Rpc = "Enqueue" | "Get";

interface SeedOptions {
  readonly url: string;
  readonly rpc: Rpc;
  readonly input: ReturnType<typeof sampleInput>;
  readonly apiKey?: string | undefined;
}

const POLL_MS = 20;

/** Has a server make a report, so that an Enqueue of it is answered from its cache, and a Get with the ended job. */
export async function seed({ url, rpc, input, apiKey = "" }: SeedOptions): Promise<SeededCall> {
  const client = createClient(ReportService, createConnectTransport({ httpVersion: "1.1", baseUrl: url }));
  const options = { headers: { "x-api-key": apiKey } };
  const { jobId } = await client.enqueue(input, options);
  let got = await client.get({ jobId }, options);
  for (; got.job?.status !== JobStatus.COMPLETED; got = await client.get({ jobId }, options))
    await sleep(POLL_MS);
  const enqueued = await client.enqueue(input, options);
  if (!enqueued.cached || enqueued.stale) throw new Error("the report is not in the cache");
  return rpc === "Enqueue"
    ? {
        jobId,
        request: toWire(EnqueueRequestSchema, create(EnqueueRequestSchema, input)),
        answer: toWire(EnqueueResponseSchema, enqueued),
      }
    : {
        jobId,
        request: toWire(GetRequestSchema, create(GetRequestSchema, { jobId })),
        answer: toWire(GetResponseSchema, got),
      };
}

function toWire<Schema extends DescMessage>(schema: Schema, message: MessageShape<Schema>): WireMessage {
  return { binary: toBinary(schema, message), json: toJsonString(schema, message) };
}
