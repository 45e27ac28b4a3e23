import { systemClock } from "../../src/core/system-clock.ts";
import type { AdmissionSettings } from "../../src/rpc/admission/admission.ts";
import { defaultLimits } from "../../src/rpc/limits/limits.ts";
import type { Limits } from "../../src/rpc/limits/limits.ts";
import type { TlsFiles } from "../../src/rpc/listener.ts";
import { createServer } from "../../src/rpc/server.ts";
import { defaultSettings } from "../../src/stepper-settings.ts";
import type { StepperSettings } from "../../src/stepper-settings.ts";
import { wireStepper } from "../../src/stepper.ts";
import type { WiredStepper } from "../../src/stepper.ts";
import { createSilentLogger } from "../../src/telemetry/logger.ts";
import type { Logger } from "../../src/telemetry/logger.ts";
import { createPrometheus } from "../../src/telemetry/prometheus.ts";

/** A whole service on a free port of 127.0.0.1. */
export interface TestService {
  readonly wired: WiredStepper;
  readonly port: number;
  readonly url: string;
  /** Takes no more work, as at the beginning of a shutdown. */
  drain(): void;
  /** Ends streams and connections while jobs go on. */
  closeDoors(): Promise<void>;
  close(): Promise<void>;
}

/** Time for a last answer to reach its client before the connection is cut. */
const GRACE_MS = 5_000;

interface TestServiceOptions extends Partial<StepperSettings> {
  readonly tls?: TlsFiles;
  /** By default everybody is let in, as often as they like. */
  readonly admission?: AdmissionSettings;
  readonly logger?: Logger;
  /** Others than the service's own, which are too large for a test to reach. */
  readonly limits?: Partial<Limits>;
}

export async function startTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const { tls, admission = {}, logger = createSilentLogger(), limits, ...settings } = options;
  const metrics = createPrometheus();
  const wired = wireStepper({
    settings: { ...defaultSettings, ...settings },
    clock: systemClock,
    logger,
    metrics,
  });
  const readHealth = async () => ({
    engine: { name: "memory", reachable: true },
    queue: await wired.engine.queue.counts(),
    providers: await wired.chain.health(),
  });
  const { reports, engine } = wired;
  const { reachability, rateCounter } = engine;
  const server = createServer({
    reports,
    reachability,
    rateCounter,
    admission,
    readHealth,
    logger,
    tls,
    limits: { ...defaultLimits, ...limits },
    metrics,
    metricsPage: metrics,
  });
  const { port } = await server.listen(0, "127.0.0.1");
  return {
    wired,
    port,
    url: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    drain: () => server.drain(),
    closeDoors: () => server.close(GRACE_MS),
    close: async () => {
      server.drain();
      await wired.drain(0);
      await server.close(0);
      await wired.close();
    },
  };
}
