import { systemClock } from "../core/system-clock.ts";
import type { ReportSource } from "./report-source.ts";

/** Opens the server at the URL, or the library in this process when there is none. Loads only what it opens. */
export function openReportSource(server: string | undefined): Promise<ReportSource> {
  return server === undefined ? openInProcess() : openServer(server);
}

async function openInProcess(): Promise<ReportSource> {
  const { createStepperFromEnvironment } = await import("../default-stepper.ts");
  const { createInProcessSource } = await import("./in-process-source.ts");
  return createInProcessSource(createStepperFromEnvironment({ logLevel: "warn" }));
}

async function openServer(server: string): Promise<ReportSource> {
  const { readVariables } = await import("../config/load.ts");
  const { createReportClient } = await import("../rpc/report-client.ts");
  const { createServerSource } = await import("./server-source.ts");
  const { STEPPER_API_KEY: apiKey, API_KEY_HEADER: apiKeyHeader } = readVariables();
  const client = createReportClient(server, { apiKey, apiKeyHeader });
  return createServerSource({ client, clock: systemClock, random: Math.random });
}
