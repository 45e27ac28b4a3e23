import { totalmem } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { startFaultServer } from "../../test/support/fault-server.ts";
import { sampleInput } from "../../test/support/samples.ts";
import type { Bench, Contestant, Scenario } from "../harness/scenario.ts";
import { startStepper } from "../harness/stepper-process.ts";
import { openWatchers } from "../harness/watchers.ts";
import type { Watchers } from "../harness/watchers.ts";

/** They take their memory here, too. */
const COUNT = totalmem() < 4 * 1024 ** 3 ? 1_000 : 10_000;

/** Long enough for what the opening has left behind to be cleared away. */
const SETTLE_MS = 1_000;

/** The job must not end by itself while it is watched. */
const LONGEST_ROUND_MS = "600000";

export const watchersScenario: Scenario = {
  name: "watchers",
  title: `${COUNT.toLocaleString("en-US")} streams that watch one job`,
  needs: [],
  prepare: async (bench) => {
    const { environment, close } = await startFaultServer({ script: "hang, ..." });
    bench.endLater(close);
    const patience = { OPENAI_COMPATIBLE_TIMEOUT: LONGEST_ROUND_MS, JOB_TIMEOUT_MS: LONGEST_ROUND_MS };
    return createContestants(bench, { ...environment, ...patience });
  },
};

interface Watched {
  readonly url: string;
  readonly jobId: string;
  readonly watchers: Watchers;
  stop(): Promise<void>;
}

/** Three looks at the same streams, in this order; each round has a server of its own, since memory is not given back. */
function createContestants(
  bench: Bench,
  environment: Readonly<Record<string, string>>,
): readonly Contestant[] {
  let watched: Watched | undefined;
  const open = (): Watched => {
    if (watched === undefined) throw new Error("nobody watches");
    return watched;
  };
  return [
    {
      name: "memory",
      unit: "KiB a stream",
      measure: async () => {
        const { url, stop } = await startStepper(bench, environment);
        const { jobId } = await clientOf(url).enqueue(sampleInput());
        const before = await readMetric(url, "process_resident_memory_bytes");
        const watchers = openWatchers(url, jobId, COUNT);
        watched = { url, jobId, watchers, stop };
        await watchers.opened;
        await sleep(SETTLE_MS);
        return ((await readMetric(url, "process_resident_memory_bytes")) - before) / COUNT / 1024;
      },
    },
    {
      name: "CPU while nothing happens",
      unit: "% of a core",
      measure: async () => {
        const { url } = open();
        const before = await readMetric(url, "process_cpu_seconds_total");
        await sleep(bench.seconds * 1_000);
        return (((await readMetric(url, "process_cpu_seconds_total")) - before) / bench.seconds) * 100;
      },
    },
    {
      name: "from an event to the last watcher",
      unit: "ms",
      measure: async () => {
        const { url, jobId, watchers, stop } = open();
        if (watchers.open() < COUNT) throw new Error(`only ${watchers.open()} streams are still open`);
        const startedAtMs = performance.now();
        await clientOf(url).cancel({ jobId });
        await watchers.ended;
        const durationMs = performance.now() - startedAtMs;
        await watchers.close();
        await stop();
        return durationMs;
      },
    },
  ];
}

function clientOf(url: string) {
  return createClient(ReportService, createConnectTransport({ httpVersion: "1.1", baseUrl: url }));
}

async function readMetric(url: string, name: string): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(page)?.[1]);
}
