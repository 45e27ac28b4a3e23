import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pass } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parse, stringify } from "yaml";
import { findFreePort } from "../support/free-port.ts";

const FOLDER = fileURLToPath(new URL("../../deploy/prometheus/", import.meta.url));
const SCRAPE_INTERVAL_MS = 1_000;
/** How often Prometheus is asked whether it has scraped again. */
const POLL_MS = 100;

/** A process that Prometheus reads. */
export interface Target {
  readonly port: number;
  readonly role: "api" | "worker";
}

/** A series of an answer: its labels and its value now. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A real Prometheus, with the rules and the configuration of `deploy/`, that scrapes every second. */
export interface PrometheusServer {
  /** The configuration that it runs with. */
  readonly configFile: string;
  /** From now on scrapes these. Resolves when it has scraped each of them, and those before no more. */
  setTargets(targets: readonly Target[]): Promise<void>;
  /** Resolves when every target has been scraped, or tried, once more. */
  scraped(): Promise<void>;
  /** @throws with Prometheus' words when it does not take the expression. */
  query(expression: string): Promise<readonly Sample[]>;
  stop(): Promise<void>;
}

/** The configuration that operators get, but for where its targets are, how often it looks, and where the rules lie. */
async function writeConfig(folder: string): Promise<string> {
  const config = parse(await readFile(join(FOLDER, "prometheus.yml"), "utf8")) as {
    scrape_configs: readonly { job_name: string }[];
  };
  const [job] = config.scrape_configs;
  const file = join(folder, "prometheus.yml");
  const interval = `${SCRAPE_INTERVAL_MS}ms`;
  const content = {
    ...config,
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [join(FOLDER, "rules.yml")],
    scrape_configs: [
      { job_name: job?.job_name, file_sd_configs: [{ files: [join(folder, "targets.json")] }] },
    ],
  };
  await writeFile(file, stringify(content));
  return file;
}

/** Undefined when there is no such program. */
async function spawnPrometheus(folder: string, port: number): Promise<ChildProcess | undefined> {
  const child = spawn(
    "prometheus",
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const lines: string[] = [];
  return new Promise((resolve, reject) => {
    child.once("error", () => resolve(undefined));
    child.once("exit", (code) => reject(new Error(`prometheus ended with ${code}:\n${lines.join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      lines.push(line);
      if (line.includes("Server is ready to receive web requests")) resolve(child);
    });
  });
}

/** Starts Prometheus on a free port of 127.0.0.1, with its data in a folder of its own; undefined when it isn't there. */
export async function startPrometheus(): Promise<PrometheusServer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-prometheus-"));
  const configFile = await writeConfig(folder);
  const port = await findFreePort();
  const child = await spawnPrometheus(folder, port);
  if (child === undefined) {
    await rm(folder, { recursive: true });
    return undefined;
  }
  let expected: readonly string[] = [];

  async function query(expression: string): Promise<readonly Sample[]> {
    const body = new URLSearchParams({ query: expression });
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/query`, { method: "POST", body });
    const answer = (await response.json()) as QueryAnswer;
    if (answer.status !== "success") throw new Error(`${expression}\n${answer.error ?? ""}`);
    const { resultType, result } = answer.data;
    if (resultType !== "vector") throw new Error(`${expression} is a ${resultType}, and no vector`);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** When each target was last scraped. */
  async function readTimes(): Promise<ReadonlyMap<string, number>> {
    const samples = await query('timestamp(up{job="stepper"})');
    return new Map(samples.map(({ labels, value }) => [labels.instance ?? "", value]));
  }

  async function scraped(): Promise<void> {
    const before = await readTimes();
    for (;;) {
      const times = await readTimes();
      const isDone = expected.every((target) => (times.get(target) ?? 0) > (before.get(target) ?? 0));
      if (isDone && times.size === expected.length) return;
      await pass(POLL_MS);
    }
  }

  return {
    configFile,
    query,
    scraped,
    setTargets: async (targets) => {
      expected = targets.map(toAddress);
      const groups = targets.map((target) => ({
        targets: [toAddress(target)],
        labels: { role: target.role },
      }));
      await writeFile(join(folder, "targets.json"), JSON.stringify(groups));
      await scraped();
    },
    stop: async () => {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function toAddress({ port }: Target): string {
  return `127.0.0.1:${port}`;
}

interface QueryAnswer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly resultType: string;
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value: readonly [number, string];
    }[];
  };
}
