import { durationMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { BadRequestSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { InvalidArgumentError, RequestError } from "../core/errors.ts";
import type { RequestErrorKind } from "../core/errors.ts";

const KINDS: Readonly<Partial<Record<Code, RequestErrorKind>>> = {
  [Code.InvalidArgument]: "invalid_argument",
  [Code.Unauthenticated]: "unauthenticated",
  [Code.PermissionDenied]: "unauthenticated",
  [Code.NotFound]: "not_found",
  [Code.Unavailable]: "unavailable",
  // Connect's word for a connection that broke in the middle of a call.
  [Code.Aborted]: "unavailable",
  [Code.DeadlineExceeded]: "deadline_exceeded",
  [Code.Canceled]: "cancelled",
};

/** Turns what a call to the server at `serverUrl` threw into an error whose message is for the user. */
export function fromConnectError(thrown: unknown, serverUrl: string): RequestError {
  const error = ConnectError.from(thrown);
  const failure = networkFailure(error);
  if (failure) return failure(serverUrl, error);
  const [badRequest] = error.findDetails(BadRequestSchema);
  if (error.code === Code.InvalidArgument && badRequest) {
    return new InvalidArgumentError(
      badRequest.fieldViolations.map(({ field, description }) => ({ field, description })),
    );
  }
  if (error.code === Code.ResourceExhausted) return toLimitError(error);
  if (error.code === Code.Unimplemented) {
    return new RequestError("internal", `no stepper server at ${serverUrl}: ${error.rawMessage}`, {
      cause: error,
    });
  }
  const kind = KINDS[error.code] ?? "internal";
  return new RequestError(kind, `${explain(kind, serverUrl)}: ${error.rawMessage}`, withRetryAfter(error));
}

type Failure = (serverUrl: string, error: ConnectError) => RequestError;

const unreachable: Failure = (serverUrl, error) =>
  new RequestError(
    "unavailable",
    `server not reachable at ${serverUrl} (${systemCode(error.cause) ?? error.rawMessage})`,
    {
      cause: error,
    },
  );
const cutOff: Failure = (serverUrl, error) =>
  new RequestError("unavailable", `connection to ${serverUrl} lost`, { cause: error });
const insecure: Failure = (serverUrl, error) =>
  new RequestError("internal", `no connection to ${serverUrl}: ${error.rawMessage}`, { cause: error });

/** Tells failures on the way to the server from what the server answered. */
function networkFailure(error: ConnectError): Failure | undefined {
  const code = systemCode(error.cause);
  if (code === "ECONNRESET" || code === "EPIPE") return cutOff;
  if (code !== undefined && /^E[A-Z0-9]+$/.test(code)) return unreachable;
  // Certificates that can't be trusted will not be trusted in a minute either.
  if (code !== undefined && !code.startsWith("ERR_STREAM")) return insecure;
  if (error.code === Code.Aborted) return cutOff;
  // What Connect says when a body ends before its last envelope; born here, so no server's detail comes with it.
  const brokeOff =
    error.code === Code.InvalidArgument && /^(?:protocol error|premature EOF)/.test(error.rawMessage);
  return brokeOff ? cutOff : undefined;
}

/** By its shape, not its class: Node's own errors may come from another realm. */
function systemCode(cause: unknown): string | undefined {
  const isCoded = typeof cause === "object" && cause !== null && "code" in cause;
  return isCoded && typeof cause.code === "string" ? cause.code : undefined;
}

/** The code alone does not tell a full queue from a request that is too large; only the first says when to come back. */
function toLimitError(error: ConnectError): RequestError {
  const { retryAfterMs, cause } = withRetryAfter(error);
  if (retryAfterMs === undefined) {
    return new RequestError("too_large", `the server refused: ${error.rawMessage}`, { cause });
  }
  const wait = `try again in ${Math.ceil(retryAfterMs / 1_000)} s`;
  return new RequestError("rate_limited", `the server is at its limit, ${wait}: ${error.rawMessage}`, {
    cause,
    retryAfterMs,
  });
}

function withRetryAfter(error: ConnectError): {
  readonly cause: ConnectError;
  readonly retryAfterMs?: number;
} {
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  return { cause: error, ...(delay && { retryAfterMs: durationMs(delay) }) };
}

function explain(kind: RequestErrorKind, serverUrl: string): string {
  if (kind === "unauthenticated") return `the server at ${serverUrl} wants a valid API key (STEPPER_API_KEY)`;
  return `the server at ${serverUrl} answered ${kind}`;
}
