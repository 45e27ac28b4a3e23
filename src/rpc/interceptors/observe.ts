import { ConnectError } from "@connectrpc/connect";
import type { Interceptor } from "@connectrpc/connect";
import { toCodeName } from "../error-codes.ts";
import { requestContextKey } from "../request-context.ts";
import type { RequestContext } from "../request-context.ts";
import { afterEnd } from "./after-end.ts";

/** Counts each call, and writes one line for it: method, code, duration, and the ids that belong to it. */
export const observe: Interceptor = (next) => async (request) => {
  const context = request.contextValues.get(requestContextKey);
  // Of a call that is over its end has been told.
  if (context === undefined || context.isLogged) return next(request);
  context.isLogged = true;
  const method = `${request.service.typeName}/${request.method.name}`;
  const startedAtMs = performance.now();
  const finish = (error?: unknown): void => tell(context, method, performance.now() - startedAtMs, error);
  return afterEnd(await next(request).catch(rethrowAfter(finish)), finish);
};

function rethrowAfter(finish: (error: unknown) => void) {
  return (error: unknown): never => {
    finish(error);
    throw error;
  };
}

function tell(
  { log, tenant, peer, jobId, count }: RequestContext,
  method: string,
  durationMs: number,
  error: unknown,
): void {
  const code = error === undefined ? "ok" : toCodeName(ConnectError.from(error).code);
  count(code, durationMs);
  const fields = {
    method,
    code,
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    tenant,
    peer,
    ...(jobId && { jobId }),
  };
  // Probes come every few seconds, and say nothing new.
  if (code !== "internal") log(method.startsWith("grpc.health.") ? "debug" : "info", fields, "call");
  else log("error", { ...fields, err: causeOf(error) }, "call");
}

function causeOf(error: unknown): unknown {
  return error instanceof ConnectError && error.cause !== undefined ? error.cause : error;
}
