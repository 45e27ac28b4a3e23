import type { Interceptor } from "@connectrpc/connect";
import { notServing } from "../serving.ts";
import type { Serving } from "../serving.ts";

/** Refuses work while the process is shutting down; health checks and reflection still answer. */
export function createGate(serving: Serving): Interceptor {
  return (next) => (request) => {
    if (!serving.isServing() && !request.service.typeName.startsWith("grpc.")) throw notServing();
    return next(request);
  };
}
