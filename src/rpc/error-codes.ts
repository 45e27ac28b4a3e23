import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { InvalidArgumentError, RequestError } from "../core/errors.ts";
import type { RequestErrorKind } from "../core/errors.ts";
import { clientGone } from "./client-gone.ts";
import { toDuration } from "./to-proto.ts";

interface ErrorCode {
  readonly rpc: Code;
  readonly http: number;
  /** The `error` of a plain HTTP answer. */
  readonly title: string;
}

/** Every kind of failure, as each protocol says it. */
export const errorCodes = {
  invalid_argument: { rpc: Code.InvalidArgument, http: 400, title: "Invalid request" },
  unauthenticated: { rpc: Code.Unauthenticated, http: 401, title: "Unauthorized" },
  not_found: { rpc: Code.NotFound, http: 404, title: "Not found" },
  method_not_allowed: { rpc: Code.Unimplemented, http: 405, title: "Method not allowed" },
  too_large: { rpc: Code.ResourceExhausted, http: 413, title: "Payload too large" },
  too_slow: { rpc: Code.DeadlineExceeded, http: 408, title: "Request timeout" },
  unsupported_media_type: { rpc: Code.InvalidArgument, http: 415, title: "Unsupported media type" },
  rate_limited: { rpc: Code.ResourceExhausted, http: 429, title: "Too many requests" },
  queue_full: { rpc: Code.ResourceExhausted, http: 429, title: "Too many requests" },
  cancelled: { rpc: Code.Canceled, http: 499, title: "Client closed request" },
  internal: { rpc: Code.Internal, http: 500, title: "Internal error" },
  unavailable: { rpc: Code.Unavailable, http: 503, title: "Service unavailable" },
  deadline_exceeded: { rpc: Code.DeadlineExceeded, http: 504, title: "Deadline exceeded" },
} as const satisfies Record<RequestErrorKind, ErrorCode>;

/** `NotFound` → `not_found`: a code as Connect spells it on the wire. */
export function toCodeName(code: number): string {
  return (Code[code] ?? "Unknown").replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

/** What an answer's HTTP status says, when nothing else does. */
export function toCodeOfStatus(status: number): string {
  if (status < 400) return "ok";
  const known = Object.values(errorCodes).find(({ http }) => http === status);
  return toCodeName(known?.rpc ?? Code.Unknown);
}

/** What a caller may know of any failure: an unexpected one becomes `internal`, with its cause kept for the log. */
export function toRequestError(error: unknown): RequestError {
  return error instanceof RequestError
    ? error
    : new RequestError("internal", "internal error", { cause: error });
}

/**
 * The failure as gRPC, gRPC-Web and Connect say it. Connect's own errors, such as a passed deadline, stay as they are.
 * `maxFields` bounds how many bad fields are named, for protocols that send errors in headers.
 */
export function toConnectError(error: unknown, maxFields = Infinity): ConnectError {
  if (error instanceof ConnectError) return error;
  const failure = toProtoSpelling(
    limitFields(toRequestError(isClientGone(error) ? clientGone() : error), maxFields),
  );
  const metadata =
    failure.retryAfterMs === undefined ? {} : { "retry-after": toSeconds(failure.retryAfterMs) };
  return new ConnectError(
    failure.message,
    errorCodes[failure.kind].rpc,
    metadata,
    toDetails(failure),
    failure.cause,
  );
}

/** What Node and Connect throw when nobody waits for the answer any more. */
function isClientGone(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return name === "AbortError" || code === "ERR_STREAM_PREMATURE_CLOSE";
}

function limitFields(failure: RequestError, max: number): RequestError {
  if (!(failure instanceof InvalidArgumentError) || failure.fields.length <= max) return failure;
  const more = { field: "", description: `and ${failure.fields.length - max} more fields are wrong` };
  return new InvalidArgumentError([...failure.fields.slice(0, max), more]);
}

/** Whole seconds, rounded up, as `Retry-After` has them. */
export function toSeconds(ms: number): string {
  return String(Math.ceil(ms / 1_000));
}

function toDetails(failure: RequestError) {
  if (failure instanceof InvalidArgumentError) {
    return [{ desc: BadRequestSchema, value: { fieldViolations: [...failure.fields] } }];
  }
  if (failure.retryAfterMs === undefined) return [];
  return [
    {
      desc: RetryInfoSchema,
      value: create(RetryInfoSchema, { retryDelay: toDuration(failure.retryAfterMs) }),
    },
  ];
}

/** `commitSha` → `commit_sha`, in message and details: protobuf clients know fields by their names in the contract. */
function toProtoSpelling(failure: RequestError): RequestError {
  if (!(failure instanceof InvalidArgumentError)) return failure;
  const toProtoPath = (field: string): string =>
    field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return new InvalidArgumentError(
    failure.fields.map(({ field, description }) => ({ field: toProtoPath(field), description })),
  );
}
