import { systemClock } from "../core/system-clock.ts";
import type { OpenReportSource, ReportRun, ReportSource } from "./report-source.ts";

/** Less would drown the reports, unless somebody asks for it. */
const DEFAULT_LOG_LEVEL = "warn";

/** Opens the server at the URL, or the library in this process when there is none. Loads only what it opens. */
export const openReportSource: OpenReportSource = (server, run) =>
  server === undefined ? openInProcess(run) : openServer(server);

async function openInProcess({ environment, isTerminal, write }: ReportRun): Promise<ReportSource> {
  const { readDotEnv } = await import("../config/load.ts");
  const { createStepperFromVariables } = await import("../default-stepper.ts");
  const { createInProcessSource } = await import("./in-process-source.ts");
  const { toReportVariables } = await import("./report-environment.ts");
  const { createReportLogger } = await import("./report-logger.ts");
  const variables = toReportVariables({ shell: environment, dotEnv: readDotEnv(".env") });
  const LOG_LEVEL = variables.LOG_LEVEL || DEFAULT_LOG_LEVEL;
  const stepper = createStepperFromVariables({ ...variables, LOG_LEVEL }, (level) =>
    createReportLogger({ level, isTerminal, write }),
  );
  return createInProcessSource(stepper);
}

async function openServer(server: string): Promise<ReportSource> {
  const { readVariables } = await import("../config/load.ts");
  const { createReportClient } = await import("../rpc/report-client.ts");
  const { createServerSource } = await import("./server-source.ts");
  const { STEPPER_API_KEY: apiKey, API_KEY_HEADER: apiKeyHeader } = readVariables();
  const client = createReportClient(server, { apiKey, apiKeyHeader });
  return createServerSource({ client, clock: systemClock, random: Math.random });
}
