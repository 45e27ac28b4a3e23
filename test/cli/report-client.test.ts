import { create } from "@bufbuild/protobuf";
import { durationFromMs, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "@jest/globals";
import {
  Attempt_Outcome,
  JobStatus,
  WatchJobResponseSchema,
} from "../../gen/stepper/v1/report_service_pb.ts";
import { createReportClient } from "../../src/rpc/report-client.ts";
import { aReport } from "./a-report.ts";
import { completed, protoReport, untilAborted, useReportServers, watched } from "./report-server.ts";
import { collect } from "./collect.ts";

const INPUT = {
  userId: "ada",
  commitSha: "abc",
  repo: "acme/shop",
  message: "Fix",
  files: ["a"],
  diffSummary: "+1",
};
const { signal } = new AbortController();
const startServer = useReportServers();

describe("createReportClient", () => {
  it("brings a known report over the wire and back", async () => {
    const received: unknown[] = [];
    const { url } = await startServer({
      enqueue: ({ userId, commitSha, repo, message, files, diffSummary, template }) => {
        received.push({ userId, commitSha, repo, message, files, diffSummary, template });
        return { status: JobStatus.COMPLETED, cached: true, stale: true, report: protoReport() };
      },
    });
    const answer = await createReportClient(url).enqueue(INPUT, signal);
    expect(answer).toEqual({ report: aReport(), cached: true, stale: true });
    expect(received).toEqual([{ ...INPUT, template: undefined }]);
  });

  it("answers with the job when there is no report yet", async () => {
    const { url } = await startServer({ enqueue: () => ({ status: JobStatus.QUEUED, jobId: "job-1" }) });
    expect(await createReportClient(url).enqueue(INPUT, signal)).toEqual({ jobId: "job-1" });
  });

  it("reads a job as it stands", async () => {
    const attempt = {
      ...{ provider: "gemini", number: 1, outcome: Attempt_Outcome.FAILED, errorKind: "rate_limited" },
      ...{ message: "too many", duration: durationFromMs(1_500), retryAfter: durationFromMs(20_000) },
    };
    const { url } = await startServer({
      get: ({ jobId }) => ({
        job: {
          ...{ jobId, status: JobStatus.FAILED, repo: "acme/shop", commitSha: "abc", userId: "ada" },
          ...{ createdAt: timestampFromMs(0), startedAt: timestampFromMs(1_000) },
          attempts: [attempt],
          error: { kind: "internal", message: "too slow" },
        },
      }),
    });
    expect(await createReportClient(url).get("job-1", signal)).toEqual({
      ...{ jobId: "job-1", status: "failed", repo: "acme/shop", commitSha: "abc", userId: "ada" },
      ...{ createdAt: "1970-01-01T00:00:00.000Z", startedAt: "1970-01-01T00:00:01.000Z" },
      attempts: [
        {
          ...{ provider: "gemini", number: 1, outcome: "failed", errorKind: "rate_limited" },
          ...{ message: "too many", durationMs: 1_500, retryAfterMs: 20_000 },
        },
      ],
      error: { kind: "internal", message: "too slow" },
    });
  });

  it("brings every kind of event over the wire, and passes over those it does not know", async () => {
    const { url } = await startServer({
      async *watchJob({ afterSeq }) {
        await Promise.resolve();
        const first = Number(afterSeq) + 1;
        yield watched(first, { case: "queued", value: { $typeName: "stepper.v1.JobQueued" } });
        yield watched(first + 1, { case: "started", value: { $typeName: "stepper.v1.JobStarted", run: 2 } });
        yield create(WatchJobResponseSchema, { seq: BigInt(first + 2) });
        yield watched(0, { case: "heartbeat", value: { $typeName: "stepper.v1.Heartbeat" } });
        yield completed(first + 3);
      },
    });
    const events = await collect(createReportClient(url).watch("job-1", 4, signal));
    expect(events).toEqual([
      { type: "queued", seq: 5, time: "1970-01-01T00:00:05.000Z" },
      { type: "started", run: 2, seq: 6, time: "1970-01-01T00:00:06.000Z" },
      { type: "heartbeat", time: "1970-01-01T00:00:00.000Z" },
      { type: "completed", report: aReport(), seq: 8, time: "1970-01-01T00:00:08.000Z" },
    ]);
  });

  it("sends the API key in the header that was asked for", async () => {
    const seen: (string | null)[] = [];
    const { url } = await startServer({
      enqueue: (_, { requestHeader }) => {
        seen.push(requestHeader.get("x-api-key"), requestHeader.get("x-team-key"));
        return { jobId: "job-1" };
      },
    });
    await createReportClient(url, { apiKey: "key-1" }).enqueue(INPUT, signal);
    await createReportClient(url, { apiKey: "key-2", apiKeyHeader: "x-team-key" }).enqueue(INPUT, signal);
    await createReportClient(url, { apiKey: "" }).enqueue(INPUT, signal);
    expect(seen).toEqual(["key-1", null, null, "key-2", null, null]);
  });

  it("rejects with the reason once it is aborted", async () => {
    const { url } = await startServer({ enqueue: (_, context) => untilAborted(context.signal) });
    const stop = new AbortController();
    const answer = createReportClient(url).enqueue(INPUT, stop.signal);
    stop.abort(new Error("enough"));
    await expect(answer).rejects.toThrow("enough");
  });
});
