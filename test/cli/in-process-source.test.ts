import { describe, expect, it } from "@jest/globals";
import { createInProcessSource } from "../../src/cli/in-process-source.ts";
import type { InProcessStepper } from "../../src/cli/in-process-source.ts";
import type { ReportEvent } from "../../src/cli/report-source.ts";
import { aReport } from "./a-report.ts";

const INPUT = { userId: "ada", commitSha: "abc", repo: "acme/shop", message: "Fix" };
const { signal } = new AbortController();

function createStepper(
  events: readonly ReportEvent[],
  answer?: Awaited<ReturnType<InProcessStepper["enqueueReport"]>>,
) {
  const calls: string[] = [];
  const stepper: InProcessStepper = {
    enqueueReport: () => Promise.resolve(answer ?? { status: 202, jobId: "job-1" }),
    async *watchJob(jobId) {
      calls.push(`watch ${jobId}`);
      await Promise.resolve();
      yield* events;
    },
    close: (graceMs) => {
      calls.push(`close within ${graceMs} ms`);
      return Promise.resolve();
    },
  };
  return { stepper, calls };
}

describe("createInProcessSource", () => {
  it("answers with a known report at once", async () => {
    const { stepper, calls } = createStepper([], { status: 200, data: aReport(), stale: true });
    const source = createInProcessSource(stepper);
    expect(await source.report(INPUT, { signal, onEvent: () => undefined })).toEqual({
      report: aReport(),
      cached: true,
      stale: true,
    });
    expect(calls).toEqual([]);
  });

  it("follows the job to its report, and tells every event", async () => {
    const { stepper, calls } = createStepper([{ type: "queued" }, { type: "completed", report: aReport() }]);
    const seen: string[] = [];
    const source = createInProcessSource(stepper);
    const sourced = await source.report(INPUT, { signal, onEvent: ({ type }) => seen.push(type) });
    expect(sourced).toEqual({ report: aReport(), cached: false, stale: false });
    expect(seen).toEqual(["queued", "completed"]);
    expect(calls).toEqual(["watch job-1"]);
  });

  it("fails as the job failed", async () => {
    const { stepper } = createStepper([
      { type: "failed", error: { kind: "internal", message: "took too long" } },
    ]);
    const report = createInProcessSource(stepper).report(INPUT, { signal, onEvent: () => undefined });
    await expect(report).rejects.toThrow("the job failed: took too long");
  });

  it("does not wait for ever for a job whose events just end", async () => {
    const report = createInProcessSource(createStepper([]).stepper).report(INPUT, {
      signal,
      onEvent: () => undefined,
    });
    await expect(report).rejects.toThrow("the job's events ended before the job did");
  });

  it("closes the stepper when it is closed, without waiting long", async () => {
    const { stepper, calls } = createStepper([]);
    await createInProcessSource(stepper).close();
    expect(calls).toEqual(["close within 1000 ms"]);
  });
});
