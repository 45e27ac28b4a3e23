import type { Interceptor } from "@connectrpc/connect";
import { ReportService } from "../../../gen/stepper/v1/report_service_pb.ts";
import { notServing } from "../serving.ts";
import type { Serving } from "../serving.ts";

/** Refuses new work while the process is shutting down; who waits for a job can still look at it. */
export function createGate(serving: Serving): Interceptor {
  return (next) => (request) => {
    if (serving.isStopping() && request.method === ReportService.method.enqueue) throw notServing();
    return next(request);
  };
}
