import { createServiceImplSpec } from "@connectrpc/connect";
import type { HandlerContext, ServiceImplSpec } from "@connectrpc/connect";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { EnqueueRequest, EnqueueResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import type { Enqueued } from "../core/enqueue-report.ts";
import type { Reports } from "../core/reports.ts";
import type { LimitedReports } from "./admission/limited-reports.ts";
import type { RepeatedAnswers } from "./repeated-answers.ts";
import { requestContextKey } from "./request-context.ts";
import type { RequestContext } from "./request-context.ts";
import { toCancelResponse, toEnqueueResponse, toGetResponse, toWatchJobResponse } from "./to-proto.ts";

interface ReportServiceDependencies {
  readonly reports: Reports;
  readonly limited: LimitedReports;
  readonly answers: RepeatedAnswers;
  /** Aborted, with an error for the clients, when open streams must end, so that they go on elsewhere. */
  readonly stop: AbortSignal;
}

/** The contract's service: decodes, asks the core, encodes. It decides nothing. */
export function createReportService({
  reports,
  limited,
  answers,
  stop,
}: ReportServiceDependencies): ServiceImplSpec {
  function toAnswer(enqueued: Enqueued): EnqueueResponse {
    // A fresh report's answer says nothing but the report.
    const isRepeated = enqueued.status === "completed" && !enqueued.stale;
    const make = (): EnqueueResponse => toEnqueueResponse(enqueued);
    return isRepeated ? answers.answerWith(enqueued.report, make) : make();
  }

  return createServiceImplSpec<typeof ReportService>(ReportService, {
    enqueue: async (request, context) => {
      const caller = callerOf(context);
      const enqueued = await limited.enqueue(caller, toReportInput(request));
      noteJob(caller, enqueued.jobId);
      return toAnswer(enqueued);
    },
    get: async ({ jobId }, context) => {
      const caller = callerOf(context);
      noteJob(caller, jobId);
      return toGetResponse(await reports.get(caller.tenant, jobId));
    },
    cancel: async ({ jobId }, context) => {
      const caller = callerOf(context);
      noteJob(caller, jobId);
      return toCancelResponse(await reports.cancel(caller.tenant, jobId));
    },
    watchJob: async function* ({ jobId, afterSeq }, context) {
      const caller = callerOf(context);
      noteJob(caller, jobId);
      // Beyond 2^53 there is no event, so the loss of the last bits changes nothing.
      const options = { afterSeq: Number(afterSeq), signal: context.signal, stop };
      for await (const event of limited.watch(caller, jobId, options)) yield toWatchJobResponse(event);
    },
  });
}

function toReportInput(request: EnqueueRequest) {
  const { userId, commitSha, repo, message, files, components, diffSummary, template } = request;
  return { userId, commitSha, repo, message, files, components, diffSummary, template };
}

function callerOf(context: HandlerContext): RequestContext {
  const caller = context.values.get(requestContextKey);
  if (caller === undefined) throw new Error("a call has come without its context");
  return caller;
}

function noteJob(caller: RequestContext, jobId: string | undefined): void {
  // A caller chooses what it asks for; the log line stays short whatever that is.
  if (jobId !== undefined) caller.jobId = jobId.slice(0, 64);
}
