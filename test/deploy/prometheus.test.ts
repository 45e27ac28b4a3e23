import { spawnSync } from "node:child_process";
import { once } from "node:events";
import * as http2 from "node:http2";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { openFleet } from "../cluster/fleet.ts";
import type { Fleet, Replica } from "../cluster/fleet.ts";
import { watchAt } from "../cluster/follow-job.ts";
import { startFaultServer } from "../support/fault-server.ts";
import type { FaultServer } from "../support/fault-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import {
  readAlertRules,
  readPanels,
  readScalingQueries,
  toQueries,
  withoutThreshold,
} from "./expressions.ts";
import { startPrometheus } from "./prometheus-server.ts";
import type { PrometheusServer, Target } from "./prometheus-server.ts";

const RULES_FOLDER = fileURLToPath(new URL("../../deploy/prometheus/", import.meta.url));
/** Scrapes after which everything that will ever be seen has been. */
const MOST_ROUNDS = 60;

/** Alerts on what a short test can't bring about, or brings about when the machine is busy. */
const UNLUCKY = [
  "StepperEventLoopLag",
  "StepperQueueBehind",
  "StepperQueueNearlyFull",
  "StepperJobsFailing",
  "StepperSlowCalls",
];

jest.setTimeout(120_000);

const prometheus = await startPrometheus();
if (prometheus === undefined) {
  it("SKIPPED: rules and dashboard need prometheus and promtool on PATH", () => {
    process.stderr.write("SKIPPED for want of prometheus: rules and dashboard\n");
    expect(process.env.CI).toBeFalsy();
  });
} else {
  afterAll(() => prometheus.stop());
  describeWithPromtool(prometheus);
  await describeWithRedis("rules and dashboard", ({ url, kill }) => describeTraffic(prometheus, url, kill), {
    own: true,
  });
}

/** Runs promtool; answers with its exit code and all that it printed. */
function promtool(args: readonly string[], input = ""): readonly [code: number | null, output: string] {
  const { status, stdout, stderr } = spawnSync("promtool", args, { cwd: RULES_FOLDER, input });
  return [status, `${stdout.toString()}${stderr.toString()}`];
}

function describeWithPromtool({ configFile }: PrometheusServer): void {
  describe("promtool", () => {
    it.each([
      ["the rules", ["check", "rules", "rules.yml"]],
      ["the configuration", ["check", "config", "prometheus.yml"]],
      ["the configuration of this test", ["check", "config", configFile]],
      ["what the rules' tests say", ["test", "rules", "rules_test.yml"]],
    ])("takes %s", (_, args) => {
      const [code, output] = promtool(args);
      expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining("SUCCESS") as unknown });
    });
  });
}

/** The steps build on each other: each changes what runs, and looks at what Prometheus has to say. */
function describeTraffic(server: PrometheusServer, redisUrl: string, killRedis: () => Promise<void>): void {
  let fleet: Fleet;
  /** Refuses its key; always fails; and does as the test says. */
  let refusing: FaultServer;
  let failing: FaultServer;
  let answering: FaultServer;
  let api: Replica;
  let worker: Replica;
  /** Resolves when the first job's watch has ended. */
  let restOfWatch: () => Promise<void>;
  const targets: Target[] = [];
  const fired = new Set<string>();

  beforeAll(async () => {
    refusing = await startFaultServer({ script: "401, ..." });
    failing = await startFaultServer({ script: "500, ..." });
    answering = await startFaultServer({ script: "500, ..." });
    fleet = openFleet(redisUrl, {
      METRICS_PORT: "0",
      PROVIDER_ORDER: "openai,hf-space,openai-compatible",
      OPENAI_ENABLED: "true",
      OPENAI_API_KEY: "key",
      OPENAI_BASE_URL: `${refusing.url}/v1`,
      HF_SPACE_ENABLED: "true",
      HF_SPACE_URL: failing.url,
      ...answering.environment,
      OPENAI_RPS: "",
      HF_SPACE_RPS: "",
      OPENAI_COMPATIBLE_RPS: "",
      CIRCUIT_MIN_CALLS: "2",
      // Longer than from one scrape to the next, so that one sees it open.
      CIRCUIT_RESET_MS: "2000",
      SHUTDOWN_TIMEOUT_MS: "1000",
    });
  });
  afterAll(async () => {
    await fleet.close();
    await Promise.all([refusing, failing, answering].map((provider) => provider.close()));
  });

  async function start(role: Target["role"]): Promise<Replica> {
    const replica = await fleet.start(role);
    const { port } = (await replica.line(({ msg }) => msg === "metrics are listening")) as { port: number };
    targets.push({ port, role });
    return replica;
  }

  /** The alerts whose expressions hold now; how long they must do so is what the rules' tests show. */
  async function readFiring(): Promise<readonly string[]> {
    const firing: string[] = [];
    for (const { alert, expr } of readAlertRules()) {
      if (!UNLUCKY.includes(alert) && (await server.query(expr)).length > 0) firing.push(alert);
    }
    for (const alert of firing) fired.add(alert);
    return firing;
  }

  async function readValue(expression: string): Promise<number | undefined> {
    return (await server.query(expression))[0]?.value;
  }

  async function report(commitSha: string): Promise<void> {
    const { jobId } = await api.client.enqueue(sampleInput({ commitSha }));
    if (jobId !== "") await watchAt(api.client, jobId);
  }

  it("a job that waits, and who watches it, are seen", async () => {
    api = await start("api");
    const { jobId } = await api.client.enqueue(sampleInput({ commitSha: "first" }));
    const watch = api.client.watchJob({ jobId })[Symbol.asyncIterator]();
    await watch.next();
    restOfWatch = async () => {
      while ((await watch.next()).done !== true);
    };
    await server.setTargets(targets);
    expect(await readValue("sum(watchers)")).toBe(1);
    expect(await readValue('max(job_queue_size{state="waiting"})')).toBe(1);
    for (const query of readScalingQueries()) expect([query, await readValue(query)]).toEqual([query, 1]);
    expect(await readFiring()).toEqual(["StepperNoWorkers"]);
  });

  it("providers that fail, a key that is refused, and reports without a model raise alerts", async () => {
    worker = await start("worker");
    await server.setTargets(targets);
    await restOfWatch();
    const expected = [
      "StepperCircuitOpen",
      "StepperProviderFailing",
      "StepperKeyRefused",
      "StepperManyFallbacks",
      "StepperOnlyFallbacks",
    ];
    let firing: readonly string[] = [];
    for (
      let round = 0;
      round < MOST_ROUNDS && expected.some((alert) => !firing.includes(alert));
      round += 1
    ) {
      await report(`bad-${round}`);
      await server.scraped();
      firing = await readFiring();
    }
    expect(firing.toSorted()).toEqual(expected.toSorted());
  });

  it("every panel of the dashboard has figures", async () => {
    answering.play("ok, ...");
    const queries = new Set(readPanels().flatMap(toQueries));
    expect(queries.size).toBeGreaterThan(30);
    for (let round = 0; round < MOST_ROUNDS && queries.size > 0; round += 1) {
      // Two new ones, one of which is asked for again; and one that is not there.
      await report(`good-${round}`);
      await report(`good-${round}`);
      await report(`more-${round}`);
      await api.client.get({ jobId: "none" }).catch(() => undefined);
      await server.scraped();
      for (const query of queries) {
        const samples = await server.query(query);
        if (samples.some(({ value }) => Number.isFinite(value))) queries.delete(query);
      }
    }
    expect([...queries]).toEqual([]);
    expect(await readValue("sum(cache_hits_total)")).toBeGreaterThan(0);
    expect(await readValue('provider_tokens_total{direction="input"}')).toBeGreaterThan(0);
    expect(await readValue("max(circuit_state)")).toBeGreaterThan(0);
  });

  it("alerts that take an hour of bad luck have figures to go by", async () => {
    for (const rule of readAlertRules().filter(({ alert }) => UNLUCKY.includes(alert))) {
      const samples = await server.query(withoutThreshold(rule));
      const figures = samples.filter(({ value }) => Number.isFinite(value));
      expect([rule.alert, figures.length]).not.toEqual([rule.alert, 0]);
    }
  });

  it("promtool takes every metric, but for names that are not ours", async () => {
    for (const { port } of targets) {
      const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
      const [, output] = promtool(["check", "metrics"], text);
      const complaints = output.split("\n").filter((line) => line !== "" && !line.startsWith("nodejs_"));
      expect(complaints).toEqual([]);
    }
  });

  it("an INTERNAL raises an alert", async () => {
    await sendUnreadable(api.url);
    await server.scraped();
    expect(await readFiring()).toContain("StepperInternalErrors");
  });

  it("a worker that ends is missed", async () => {
    await worker.stop();
    await server.scraped();
    expect(await readFiring()).toEqual(expect.arrayContaining(["StepperDown", "StepperNoWorkers"]));
  });

  it("a Redis that is away is told of", async () => {
    await killRedis();
    await api.line(({ msg }) => String(msg).startsWith("Redis does not answer"));
    await server.scraped();
    expect(await readFiring()).toContain("StepperRedisAway");
  });

  it("an api that ends is missed", async () => {
    await api.stop();
    await server.scraped();
    expect(await readFiring()).toEqual(expect.arrayContaining(["StepperDown", "StepperNoApi"]));
  });

  it("all other alerts have been raised", () => {
    const silent = readAlertRules().filter(({ alert }) => !fired.has(alert));
    expect(silent.map(({ alert }) => alert).toSorted()).toEqual(UNLUCKY.toSorted());
  });
}

/** A gRPC message that is none: its handler never sees it. */
async function sendUnreadable(url: string): Promise<void> {
  const session = http2.connect(url);
  const call = session.request({
    ":method": "POST",
    ":path": "/stepper.v1.ReportService/Get",
    "content-type": "application/grpc",
    te: "trailers",
  });
  call.resume();
  call.end(Buffer.from([0, 0, 0, 0, 1, 0xff]));
  await once(call, "close");
  session.destroy();
}
