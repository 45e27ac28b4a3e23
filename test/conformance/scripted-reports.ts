import type { Enqueued } from "../../src/core/enqueue-report.ts";
import type { Job } from "../../src/core/job.ts";
import type { Report } from "../../src/core/report.ts";
import { toReportRequest } from "../../src/core/report-request.ts";
import type { Reports } from "../../src/core/reports.ts";
import { createDeferred } from "../support/deferred.ts";
import { createGate } from "../support/gate.ts";
import type { Gate } from "../support/gate.ts";
import { sampleReport } from "../support/samples.ts";
import { failures } from "./scripted-failures.ts";
import { createScriptedWatches } from "./scripted-watches.ts";
import type { ScriptedWatches } from "./scripted-watches.ts";

/** Longer than the deadlines that a slow call is given. */
const SLOW_MS = 60;

/** Reports whose answer to a call is its commit's, or its job's, name; the same every time. */
export interface ScriptedReports extends Reports {
  /** Every call that has reached its handler. */
  readonly called: Gate<string>;
  readonly watches: ScriptedWatches;
  /** Lets those answer that are held. */
  release(): void;
}

/** Beyond the 1,024 bytes from which answers are compressed. */
const largeReport = sampleReport({ summary: "A summary — mit Umlauten äöü. ".repeat(60) });
const smallReport = sampleReport();

export function createScriptedReports(): ScriptedReports {
  const called = createGate<string>();
  const watches = createScriptedWatches();
  const released = createDeferred();

  async function follow(name: string): Promise<void> {
    called.pass(name);
    const fail = failures[name];
    if (fail) throw fail();
    if (name === "slow") await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    if (name === "held") await released.promise;
  }

  return {
    called,
    watches,
    release: () => released.resolve(),
    enqueue: async (tenant, input) => {
      const { commitSha } = toReportRequest(tenant, input);
      await follow(commitSha);
      return toEnqueued(commitSha);
    },
    get: async (tenant, jobId) => {
      await follow(jobId);
      return toJob(tenant, jobId, "running");
    },
    cancel: async (tenant, jobId) => {
      await follow(jobId);
      return toJob(tenant, jobId, "cancelled");
    },
    watch: watches.watch,
  };
}

function toEnqueued(name: string): Enqueued {
  const known: Readonly<Record<string, Report>> = { fresh: smallReport, large: largeReport };
  const report = known[name];
  if (report) return { status: "completed", report, stale: false };
  if (name === "stale") return { status: "completed", report: smallReport, stale: true, jobId: "renewing" };
  return { status: "queued", jobId: `job-of-${name}` };
}

/** Its repository is its tenant, so that an answer tells who was taken for the caller. */
function toJob(tenant: string, jobId: string, status: Job["status"]): Job {
  const report = jobId === "large" ? { report: largeReport } : {};
  const times = { createdAt: "2026-01-01T00:00:00.000Z", startedAt: "2026-01-01T00:00:01.500Z" };
  return {
    jobId,
    status,
    repo: tenant,
    commitSha: "9fceb02",
    userId: "ada",
    ...times,
    attempts: [],
    ...report,
  };
}
