import { create, toBinary, toJsonString } from "@bufbuild/protobuf";
import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import { HealthCheckRequestSchema } from "../../gen/health/v1/health_pb.ts";
import {
  CancelRequestSchema,
  EnqueueRequestSchema,
  GetRequestSchema,
  WatchJobRequestSchema,
} from "../../gen/stepper/v1/report_service_pb.ts";
import { sampleInput } from "../support/samples.ts";
import { callHttp1 } from "./http1-call.ts";
import { callHttp2 } from "./http2-call.ts";
import { USUAL_HEADERS, envelope } from "./raw-request.ts";
import type { RawAnswer, RawRequest } from "./raw-request.ts";
import type { Way } from "./two-ways.ts";

/** A call, whatever protocol says it. */
export interface Message {
  readonly path: string;
  readonly binary: Buffer;
  readonly json: Buffer;
}

/** A protocol on a version of HTTP. */
export interface Wire {
  readonly name: string;
  readonly type: string;
  readonly isGrpc: boolean;
  readonly isJson: boolean;
  readonly play: (way: Way, request: RawRequest) => Promise<RawAnswer>;
}

const over2 = { play: callHttp2 };
const over1 = { play: callHttp1 };
const grpc = { isGrpc: true, isJson: false };
const json = { isGrpc: false, isJson: true };
const proto = { isGrpc: false, isJson: false };

/** As clients speak; answered the fast way. */
export const plainWires: readonly Wire[] = [
  { name: "gRPC", type: "application/grpc", ...grpc, ...over2 },
  { name: "Connect JSON over HTTP/2", type: "application/json", ...json, ...over2 },
  { name: "Connect binary over HTTP/2", type: "application/proto", ...proto, ...over2 },
  { name: "Connect JSON over HTTP/1.1", type: "application/json", ...json, ...over1 },
  { name: "Connect binary over HTTP/1.1", type: "application/proto", ...proto, ...over1 },
];

/** Spellings of content types, and which way each goes. */
export const spelledWires: readonly (Wire & { readonly isFast: boolean })[] = [
  { type: "application/grpc+proto", ...grpc, ...over2, isFast: true },
  { type: "application/grpc+json", ...grpc, isJson: true, ...over2, isFast: false },
  { type: "application/grpc+json; charset=utf-8", ...grpc, isJson: true, ...over2, isFast: false },
  { type: "Application/gRPC", ...grpc, ...over2, isFast: false },
  { type: "application/grpc; a=b", ...grpc, ...over2, isFast: false },
  { type: "application/grpc+thrift", ...grpc, ...over2, isFast: false },
  { type: "application/grpc-web+proto", ...grpc, ...over2, isFast: false },
  { type: "application/grpc", ...grpc, ...over1, isFast: false },
  { type: "application/json; charset=utf-8", ...json, ...over2, isFast: false },
  { type: "application/json;charset=utf-8", ...json, ...over1, isFast: false },
  { type: "application/json; charset=latin1", ...json, ...over2, isFast: false },
  { type: "APPLICATION/JSON", ...json, ...over1, isFast: false },
  { type: "application/Proto", ...proto, ...over2, isFast: false },
  { type: "application/connect+proto", ...proto, ...over2, isFast: false },
  { type: "text/plain", ...json, ...over2, isFast: false },
  { type: "", ...json, ...over1, isFast: false },
].map((wire) => ({ ...wire, name: `${wire.type || "no type"} over ${wire.play === callHttp1 ? 1 : 2}` }));

export function toRequest(
  { type, isGrpc, isJson }: Wire,
  { path, binary, json }: Message,
  headers: RawRequest["headers"] = {},
): RawRequest {
  const payload = isJson ? json : binary;
  const te = isGrpc ? { te: "trailers" } : {};
  const types = type === "" ? {} : { "content-type": type };
  return {
    method: "POST",
    path,
    headers: { ...USUAL_HEADERS, ...types, ...te, ...headers },
    pieces: [isGrpc ? envelope(payload) : payload],
  };
}

function toMessage<Desc extends DescMessage>(
  path: string,
  desc: Desc,
  init: MessageInitShape<Desc>,
): Message {
  const message = create(desc, init);
  return {
    path,
    binary: Buffer.from(toBinary(desc, message)),
    json: Buffer.from(toJsonString(desc, message)),
  };
}

export const SERVICE = "/stepper.v1.ReportService";
const HEALTH_CHECK = "/grpc.health.v1.Health/Check";

export function enqueue(commitSha: string, changes: Parameters<typeof sampleInput>[0] = {}): Message {
  return toMessage(`${SERVICE}/Enqueue`, EnqueueRequestSchema, sampleInput({ commitSha, ...changes }));
}

export function get(jobId: string): Message {
  return toMessage(`${SERVICE}/Get`, GetRequestSchema, { jobId });
}

export function cancel(jobId: string): Message {
  return toMessage(`${SERVICE}/Cancel`, CancelRequestSchema, { jobId });
}

export function check(service: string): Message {
  return toMessage(HEALTH_CHECK, HealthCheckRequestSchema, { service });
}

export function watch(jobId: string, afterSeq = 0n): Message {
  return toMessage(`${SERVICE}/WatchJob`, WatchJobRequestSchema, { jobId, afterSeq });
}

export function watchHealth(service: string): Message {
  return toMessage("/grpc.health.v1.Health/Watch", HealthCheckRequestSchema, { service });
}
