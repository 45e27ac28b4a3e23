import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { startModelServer } from "../../test/support/model-server.ts";
import { sampleInput } from "../../test/support/samples.ts";
import { countFailures } from "../harness/count-failures.ts";
import { runLoad, runRequests } from "../harness/h2load.ts";
import type { Load } from "../harness/h2load.ts";
import { startRedis } from "../harness/redis-process.ts";
import type { Bench, Contestant, Scenario } from "../harness/scenario.ts";
import { seed } from "../harness/seed.ts";
import type { SeededCall } from "../harness/seed.ts";
import { startStepper } from "../harness/stepper-process.ts";
import { startSubject } from "../harness/subject.ts";

interface UnaryScenario {
  readonly name: string;
  readonly title: string;
  readonly door: "gRPC" | "Connect-JSON" | "REST";
  readonly rpc: "Enqueue" | "Get";
  /** Of the diff that comes with the commit. */
  readonly diffBytes?: number;
}

const API_KEY = "the-key-of-the-benchmark";

const LOG_PIPED = "memory, auth and limits, log to a pipe";

/** After so many V8 has compiled what is called often, also on a machine that is slow. */
const WARM_UP_REQUESTS = 5_000;

/** Each key is looked for, and each call counted, without one being refused. */
const GUARDED = {
  API_KEY_ENABLED: "true",
  STEPPER_API_KEYS: `bench=${API_KEY}`,
  RATE_LIMIT_ENABLED: "true",
  RATE_LIMIT_MAX_REQUESTS: "1000000000",
  RATE_LIMIT_MAX_PER_USER: "1000000000",
};

/** Answers a second of one call at one door, beside servers that do nothing else than take and give the same messages. */
export function createUnaryScenario({ name, title, ...call }: UnaryScenario): Scenario {
  return {
    name,
    title,
    needs: ["h2load", "redis-server"],
    prepare: async (bench) => {
      const model = await startModelServer();
      bench.endLater(() => model.close());
      const redis = { REDIS_URL: await startRedis(bench) };
      const environment = model.environment;
      const steppers = {
        "memory, auth and limits": { ...environment, ...GUARDED },
        "memory, open": environment,
        [LOG_PIPED]: { ...environment, ...GUARDED },
        "Redis, auth and limits": { ...environment, ...redis, ...GUARDED },
        "Redis, open": { ...environment, ...redis, REDIS_KEY_PREFIX: "open" },
      };
      const contestants: Contestant[] = [];
      let seeded: SeededCall | undefined;
      for (const [title, variables] of Object.entries(steppers)) {
        const { url } = await startStepper(bench, variables, title === LOG_PIPED ? "pipe" : "file");
        const input = sampleInput({ diffSummary: createDiff(call.diffBytes ?? 0) });
        seeded = await seed({ url, rpc: call.rpc, input, apiKey: API_KEY });
        contestants.push(withoutFailures(url, await createContestant(bench, title, call, { url, seeded })));
      }
      return seeded ? [...contestants, ...(await createBaselines(bench, call, seeded))] : contestants;
    },
  };
}

type Call = Omit<UnaryScenario, "name" | "title">;

interface Target {
  readonly url: string;
  readonly seeded: SeededCall;
}

async function createContestant(
  bench: Bench,
  name: string,
  { door, rpc }: Call,
  { url, seeded }: Target,
): Promise<Contestant> {
  const body = await toBody(bench, door, seeded);
  const path = `/stepper.v1.ReportService/${rpc}`;
  const json = { "content-type": "application/json", "x-api-key": API_KEY };
  const grpc = { "content-type": "application/grpc", te: "trailers", "x-api-key": API_KEY };
  const loads: Record<Call["door"], Load> = {
    gRPC: { url: url + path, protocol: "http2", headers: grpc, bodyFile: body },
    "Connect-JSON": { url: url + path, protocol: "http1", headers: json, bodyFile: body },
    REST:
      rpc === "Enqueue"
        ? { url: `${url}/v1/reports`, protocol: "http1", headers: json, bodyFile: body }
        : { url: `${url}/v1/reports/${seeded.jobId}`, protocol: "http1", headers: { "x-api-key": API_KEY } },
  };
  return {
    name,
    unit: "answers/s",
    warmUp: () => runRequests(loads[door], WARM_UP_REQUESTS),
    measure: () => runLoad(loads[door], bench.seconds),
  };
}

/** The same, but that it fails when a call does, which h2load can't see over gRPC. */
function withoutFailures(url: string, contestant: Contestant): Contestant {
  return {
    ...contestant,
    measure: async () => {
      const before = await countFailures(url);
      const answers = await contestant.measure();
      const failures = (await countFailures(url)) - before;
      if (failures > 0) throw new Error(`${contestant.name}: ${failures} calls have failed`);
      return answers;
    },
  };
}

let files = 0;

async function toBody(bench: Bench, door: Call["door"], { request }: SeededCall): Promise<string> {
  const file = join(bench.folder, `body-${(files += 1)}`);
  await writeFile(file, door === "gRPC" ? encodeEnvelope(0, request.binary) : request.json);
  return file;
}

const BASELINES = {
  gRPC: ["grpc-js", "connect-node", "raw-http2"],
  "Connect-JSON": ["connect-node", "raw-http"],
  REST: ["connect-node", "raw-http"],
} as const;

async function createBaselines(bench: Bench, call: Call, seeded: SeededCall): Promise<readonly Contestant[]> {
  const answers = { binary: join(bench.folder, "answer.bin"), json: join(bench.folder, "answer.json") };
  await writeFile(answers.binary, seeded.answer.binary);
  await writeFile(answers.json, seeded.answer.json);
  const contestants = BASELINES[call.door].map(async (name) => {
    const answer = name === "raw-http" ? answers.json : answers.binary;
    const protocol = call.door === "gRPC" ? "http2" : "http1";
    const { hello } = await startSubject(bench, name, [call.rpc, answer, protocol]);
    const url = `http://127.0.0.1:${(hello as { readonly port: number }).port}`;
    // Connect's JSON over HTTP/1.1 is the nearest thing to REST.
    const door = call.door === "REST" ? "Connect-JSON" : call.door;
    return { ...(await createContestant(bench, name, { ...call, door }, { url, seeded })), isBaseline: true };
  });
  return Promise.all(contestants);
}

/** Lines of code, as a diff has them. */
function createDiff(bytes: number): string {
  const line = "+  const total = items.reduce((sum, { price, count }) => sum + price * count, 0);\n";
  return line.repeat(Math.ceil(bytes / line.length)).slice(0, bytes);
}
