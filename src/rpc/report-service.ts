import type { HandlerContext, ServiceImpl } from "@connectrpc/connect";
import type { EnqueueRequest, ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { Reports } from "../core/reports.ts";
import { PUBLIC_TENANT, requestContextKey } from "./request-context.ts";
import { toCancelResponse, toEnqueueResponse, toGetResponse, toWatchJobResponse } from "./to-proto.ts";

interface ReportServiceDependencies {
  readonly reports: Reports;
  /** Aborted, with an error for the clients, when open streams must end, so that they go on elsewhere. */
  readonly stop: AbortSignal;
}

/** The contract's service: decodes, asks the core, encodes. It decides nothing. */
export function createReportService({
  reports,
  stop,
}: ReportServiceDependencies): ServiceImpl<typeof ReportService> {
  return {
    enqueue: async (request, context) => {
      const enqueued = await reports.enqueue(tenantOf(context), toReportInput(request));
      noteJob(context, enqueued.jobId);
      return toEnqueueResponse(enqueued);
    },
    get: async ({ jobId }, context) => {
      noteJob(context, jobId);
      return toGetResponse(await reports.get(tenantOf(context), jobId));
    },
    cancel: async ({ jobId }, context) => {
      noteJob(context, jobId);
      return toCancelResponse(await reports.cancel(tenantOf(context), jobId));
    },
    watchJob: async function* ({ jobId, afterSeq }, context) {
      noteJob(context, jobId);
      // Beyond 2^53 there is no event, so the loss of the last bits changes nothing.
      const options = { afterSeq: Number(afterSeq), signal: context.signal, stop };
      for await (const event of reports.watch(tenantOf(context), jobId, options))
        yield toWatchJobResponse(event);
    },
  };
}

function toReportInput(request: EnqueueRequest): unknown {
  const { userId, commitSha, repo, message, files, components, diffSummary, template } = request;
  return { userId, commitSha, repo, message, files, components, diffSummary, template };
}

function tenantOf(context: HandlerContext): string {
  return context.values.get(requestContextKey)?.tenant ?? PUBLIC_TENANT;
}

function noteJob(context: HandlerContext, jobId: string | undefined): void {
  const request = context.values.get(requestContextKey);
  // A caller chooses what it asks for; the log line stays short whatever that is.
  if (request !== undefined && jobId !== undefined) request.jobId = jobId.slice(0, 64);
}
