import { Code, ConnectError } from "@connectrpc/connect";
import { HealthCheckRequestSchema } from "../../gen/health/v1/health_pb.ts";
import { RequestError } from "../../src/core/errors.ts";

/** By the name of a commit or a job that is asked for. */
export const failures: Readonly<Record<string, () => Error>> = {
  full: () => new RequestError("queue_full", "the queue is full", { retryAfterMs: 5_000 }),
  unavailable: () => new RequestError("unavailable", "the engine can't be reached", { retryAfterMs: 1_500 }),
  crowded: () => new RequestError("rate_limited", "too many streams are open", { retryAfterMs: 5_000 }),
  none: () => new RequestError("not_found", "there is no such job"),
  unicode: () => new RequestError("not_found", "für “100%25” — 日本 🙂\n\ttilde~ \"quotes\" 'and' %zz"),
  silent: () => new RequestError("not_found", ""),
  unexpected: () => new Error("a detail that is nobody's business"),
  aborted: () => Object.assign(new Error("aborted"), { name: "AbortError" }),
  detailed: () => {
    const metadata = { "x-note": "a, b", "x-note-bin": "AAEC/w" };
    const details = [{ desc: HealthCheckRequestSchema, value: { service: "größer" } }];
    return new ConnectError("with metadata", Code.DataLoss, metadata, details);
  },
};
