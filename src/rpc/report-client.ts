import { createClient } from "@connectrpc/connect";
import type { Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { EnqueueResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import { RequestError } from "../core/errors.ts";
import type { Job } from "../core/job.ts";
import type { Report } from "../core/report.ts";
import type { ReportInput } from "../core/report-request.ts";
import { fromConnectError } from "./from-connect-error.ts";
import { fromProtoEvent, fromProtoJob, fromProtoReport } from "./from-proto.ts";
import type { WatchedEvent } from "./from-proto.ts";

export type { WatchedEvent } from "./from-proto.ts";

const UNARY_TIMEOUT_MS = 30_000;
/** A report is at most some 200 kB; the transport's own limit would be 4 GiB. */
const READ_MAX_BYTES = 4 * 1024 * 1024;

/** A report that a server knows already, or the job that makes it. */
export type EnqueueAnswer =
  | { readonly report: Report; readonly cached: boolean; readonly stale: boolean }
  | { readonly report?: undefined; readonly jobId: string };

/**
 * A server's ReportService in the domain's words. One call each, no retry. Throws {@link RequestError} with a message
 * for the user, or the signal's reason once aborted.
 */
export interface ReportClient {
  enqueue(input: ReportInput, signal: AbortSignal): Promise<EnqueueAnswer>;
  get(jobId: string, signal: AbortSignal): Promise<Job>;
  /** The job's events after `afterSeq`, until its end. */
  watch(jobId: string, afterSeq: number, signal: AbortSignal): AsyncIterable<WatchedEvent>;
}

interface ReportClientOptions {
  readonly apiKey?: string | undefined;
  /** Default `x-api-key`. */
  readonly apiKeyHeader?: string | undefined;
}

/** A client of the server at `baseUrl` (`http://` or `https://`), over the Connect protocol on HTTP/1.1. */
export function createReportClient(baseUrl: string, options: ReportClientOptions = {}): ReportClient {
  const transport = createConnectTransport({
    httpVersion: "1.1",
    baseUrl,
    readMaxBytes: READ_MAX_BYTES,
    interceptors: options.apiKey ? [sendApiKey(options.apiKeyHeader ?? "x-api-key", options.apiKey)] : [],
  });
  const client = createClient(ReportService, transport);
  const serverUrl = withoutCredentials(baseUrl);

  const call = async <Result>(signal: AbortSignal, run: () => Promise<Result>): Promise<Result> => {
    try {
      return await run();
    } catch (error) {
      signal.throwIfAborted();
      throw fromConnectError(error, serverUrl);
    }
  };

  return {
    enqueue: async (input, signal) => {
      const limits = { signal, timeoutMs: UNARY_TIMEOUT_MS };
      return toEnqueueAnswer(await call(signal, () => client.enqueue(toEnqueueRequest(input), limits)));
    },
    get: async (jobId, signal) => {
      const { job } = await call(signal, () =>
        client.get({ jobId }, { signal, timeoutMs: UNARY_TIMEOUT_MS }),
      );
      if (!job) throw new RequestError("internal", `the server at ${serverUrl} answered without a job`);
      return fromProtoJob(job);
    },
    async *watch(jobId, afterSeq, signal) {
      try {
        for await (const response of client.watchJob({ jobId, afterSeq: BigInt(afterSeq) }, { signal })) {
          const event = fromProtoEvent(response);
          if (event) yield event;
        }
      } catch (error) {
        signal.throwIfAborted();
        throw fromConnectError(error, serverUrl);
      }
    },
  };
}

/** Leaves out what is undefined: a message tells "absent" from "present and undefined". */
function toEnqueueRequest({
  files = [],
  components = [],
  diffSummary = "",
  template,
  ...commit
}: ReportInput) {
  const lists = { files: [...files], components: [...components] };
  return { ...commit, ...lists, diffSummary, ...(template !== undefined && { template }) };
}

function toEnqueueAnswer({ report, cached, stale, jobId }: EnqueueResponse): EnqueueAnswer {
  if (report) return { report: fromProtoReport(report), cached, stale };
  if (jobId === "") throw new RequestError("internal", "the server answered with neither a report nor a job");
  return { jobId };
}

function sendApiKey(header: string, apiKey: string): Interceptor {
  return (next) => (request) => {
    request.header.set(header, apiKey);
    return next(request);
  };
}

function withoutCredentials(url: string): string {
  const { origin, pathname } = new URL(url);
  return pathname === "/" ? origin : origin + pathname;
}
