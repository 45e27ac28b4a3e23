import { Code, ConnectError } from "@connectrpc/connect";
import type { Interceptor } from "@connectrpc/connect";
import { requestContextKey } from "../request-context.ts";
import type { RequestContext } from "../request-context.ts";
import { afterEnd } from "./after-end.ts";

/** Writes one line for each call: method, code, duration, and the ids that belong to it. */
export const observe: Interceptor = (next) => async (request) => {
  const context = request.contextValues.get(requestContextKey);
  if (context === undefined) return next(request);
  context.isLogged = true;
  const method = `${request.service.typeName}/${request.method.name}`;
  const startedAtMs = performance.now();
  const finish = (error?: unknown): void =>
    writeLine(context, method, performance.now() - startedAtMs, error);
  return afterEnd(await next(request).catch(rethrowAfter(finish)), finish);
};

function rethrowAfter(finish: (error: unknown) => void) {
  return (error: unknown): never => {
    finish(error);
    throw error;
  };
}

function writeLine(
  { logger, jobId }: RequestContext,
  method: string,
  durationMs: number,
  error: unknown,
): void {
  const code = error === undefined ? "ok" : toSnakeCase(Code[ConnectError.from(error).code]);
  const fields = {
    method,
    code,
    durationMs: Math.round(durationMs * 1_000) / 1_000,
    ...(jobId && { jobId }),
  };
  if (code !== "internal") logger.info(fields, "call");
  else logger.error({ ...fields, err: causeOf(error) }, "call");
}

/** `NotFound` → `not_found`: a code as Connect spells it on the wire. */
function toSnakeCase(name: string): string {
  return name.replace(/(?!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase();
}

function causeOf(error: unknown): unknown {
  return error instanceof ConnectError && error.cause !== undefined ? error.cause : error;
}
