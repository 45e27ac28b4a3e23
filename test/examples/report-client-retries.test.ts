import { status } from "@grpc/grpc-js";
import { afterEach, describe, expect, it } from "@jest/globals";
import { createReportClient } from "../../examples/commit-webhook-grpc/report-client.ts";
import type { ReportClient } from "../../examples/commit-webhook-grpc/report-client.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { startScriptedReportServer } from "./scripted-report-server.ts";
import type { ScriptedReportServer } from "./scripted-report-server.ts";

const queued = { messages: [{ status: "QUEUED", jobId: "job-1" }] };
const completed = { seq: "3", completed: { report: sampleContent() } };

let server: ScriptedReportServer;
let client: ReportClient;

afterEach(() => {
  client.close();
  server.close();
});

async function makeReport(replies: Parameters<typeof startScriptedReportServer>[0]) {
  server = await startScriptedReportServer(replies);
  client = createReportClient({ url: server.url, apiKey: undefined });
  return client.makeReport(sampleInput(), new AbortController().signal);
}

describe("the report client", () => {
  it("asks a server that comes back only for the events it has not seen", async () => {
    const cutOff = {
      messages: [{ seq: "1", queued: {} }, { seq: "2", started: { run: 1 } }, { heartbeat: {} }],
      code: status.UNAVAILABLE,
    };
    const report = await makeReport({ enqueue: [queued], watchJob: [cutOff, { messages: [completed] }] });
    expect(report.title).toBe(sampleContent().title);
    expect(server.requests.watchJob).toMatchObject([
      { jobId: "job-1", afterSeq: "0" },
      { jobId: "job-1", afterSeq: "2" },
    ]);
  });

  it("enqueues again when a full queue asked it to come back", async () => {
    const full = { code: status.RESOURCE_EXHAUSTED, retryAfterSeconds: 0 };
    await makeReport({ enqueue: [full, queued], watchJob: [{ messages: [completed] }] });
    expect(server.requests.enqueue).toHaveLength(2);
  });

  it("does not enqueue again what is too large", async () => {
    const made = makeReport({ enqueue: [{ code: status.RESOURCE_EXHAUSTED }], watchJob: [] });
    await expect(made).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    expect(server.requests.enqueue).toHaveLength(1);
  });

  it("watches the job that renews a stale report", async () => {
    const stale = { ...sampleContent(), title: "An old report" };
    const report = await makeReport({
      enqueue: [{ messages: [{ status: "COMPLETED", stale: true, jobId: "job-1", report: stale }] }],
      watchJob: [{ messages: [completed] }],
    });
    expect(report.title).toBe(sampleContent().title);
  });

  it("fails with what the job failed with", async () => {
    const failed = { seq: "2", failed: { error: { kind: "internal", message: "the job broke" } } };
    const made = makeReport({ enqueue: [queued], watchJob: [{ messages: [failed] }] });
    await expect(made).rejects.toThrow("the job broke");
  });

  it("fails when the server does not know the job any more", async () => {
    const made = makeReport({ enqueue: [queued], watchJob: [{ code: status.NOT_FOUND }] });
    await expect(made).rejects.toMatchObject({ code: status.NOT_FOUND });
  });
});
