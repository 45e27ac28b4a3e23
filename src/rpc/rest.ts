import type { HttpRequest, HttpResponse } from "./node-http.ts";
import { RequestError } from "../core/errors.ts";
import type { Enqueued } from "../core/enqueue-report.ts";
import type { Job } from "../core/job.ts";
import type { Reports } from "../core/reports.ts";
import type { Door } from "./door.ts";
import type { LimitedReports } from "./admission/limited-reports.ts";
import { toRequestError } from "./error-codes.ts";
import { sendError, sendJson } from "./http-answer.ts";
import { readJson, toFields } from "./read-json.ts";
import type { RequestContext } from "./request-context.ts";
import { notServing } from "./serving.ts";
import type { Serving } from "./serving.ts";

interface RestDependencies {
  readonly reports: Reports;
  readonly limited: LimitedReports;
  readonly serving: Serving;
  /** Most bytes of a body. */
  readonly maxBodyBytes: number;
}

type RestHandler = (request: HttpRequest, response: HttpResponse, context: RequestContext) => Promise<void>;

const REPORTS_PATH = "/v1/reports";
const JOB_PATH = "/v1/reports/{jobId}";

interface Route {
  /** The path, with a placeholder for what varies. */
  readonly template: string;
  readonly methods: readonly string[];
  readonly handle: RestHandler;
}

/** The plain HTTP routes of the contract. */
export function createRest({ reports, limited, serving, maxBodyBytes }: RestDependencies): Door {
  const enqueue: RestHandler = async (request, response, context) => {
    if (serving.isStopping()) throw notServing();
    const input = toFields(await readJson(request, { maxBytes: maxBodyBytes, share: context.body }));
    // A body may take its time, and the shutdown may begin meanwhile.
    if (serving.isStopping()) throw notServing();
    const enqueued = await limited.enqueue(context, input);
    if (enqueued.jobId !== undefined) context.jobId = enqueued.jobId;
    sendJson(request, response, enqueued.status === "completed" ? 200 : 202, toEnqueueBody(enqueued));
  };

  async function get(jobId: string, ...[request, response, context]: Parameters<RestHandler>): Promise<void> {
    context.jobId = jobId.slice(0, 64);
    sendJson(request, response, 200, toJobBody(await reports.get(context.tenant, jobId)));
  }

  async function cancel(
    jobId: string,
    ...[request, response, context]: Parameters<RestHandler>
  ): Promise<void> {
    context.jobId = jobId.slice(0, 64);
    sendJson(request, response, 200, toJobBody(await reports.cancel(context.tenant, jobId)));
  }

  function route(path: string): Route | undefined {
    if (path === REPORTS_PATH) return { template: REPORTS_PATH, methods: ["POST"], handle: enqueue };
    const jobId = toJobId(path);
    if (jobId === undefined) return undefined;
    return {
      template: JOB_PATH,
      methods: ["GET", "HEAD", "DELETE"],
      handle: (...call) => (call[0].method === "DELETE" ? cancel(jobId, ...call) : get(jobId, ...call)),
    };
  }

  return {
    nameOf: (path, method) => {
      const found = route(path);
      return found && (found.methods.includes(method) ? `${method} ${found.template}` : found.template);
    },
    answer: (path, ...call) => {
      const found = route(path);
      if (found !== undefined) void answer(found, ...call);
    },
  };
}

async function answer(
  { methods, handle }: Route,
  ...[request, response, context]: Parameters<RestHandler>
): Promise<void> {
  try {
    if (!methods.includes(request.method ?? "")) {
      throw new RequestError("method_not_allowed", `this path takes ${methods.join(", ")}`);
    }
    await handle(request, response, context);
  } catch (error) {
    answerFailure(error, methods, request, response, context);
  }
}

function answerFailure(
  error: unknown,
  methods: readonly string[],
  ...[request, response, { log }]: Parameters<RestHandler>
): void {
  const failure = toRequestError(error);
  if (failure.kind === "internal") log("error", { err: failure.cause }, "a call failed unexpectedly");
  const headers = failure.kind === "method_not_allowed" ? { allow: methods.join(", ") } : {};
  sendError(request, response, failure, headers);
}

function toJobId(path: string): string | undefined {
  const [, encoded] = /^\/v1\/reports\/([^/]+)$/.exec(path) ?? [];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function toEnqueueBody(enqueued: Enqueued) {
  if (enqueued.status === "completed") {
    const { report, stale, jobId } = enqueued;
    return {
      status: "completed",
      cached: true,
      ...(stale && { stale }),
      ...(jobId !== undefined && { jobId, statusUrl: toStatusUrl(jobId) }),
      data: report,
    };
  }
  const { status, jobId } = enqueued;
  return { status, jobId, statusUrl: toStatusUrl(jobId) };
}

function toJobBody({ status, jobId, report, error, attempts, ...rest }: Job) {
  return { status, jobId, ...rest, attempts, ...(report && { data: report }), ...(error && { error }) };
}

function toStatusUrl(jobId: string): string {
  return `${REPORTS_PATH}/${encodeURIComponent(jobId)}`;
}
