import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { sampleInput } from "../support/samples.ts";
import { expectAgreement } from "./agreement.ts";
import { USUAL_HEADERS } from "./raw-request.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays, Way } from "./two-ways.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const buf = join(root, "node_modules/.bin/buf");
const run = promisify(execFile);

let ways: TwoWays;
let directory: string;
let schema: string;

beforeAll(async () => {
  ways = await startTwoWays();
  directory = await mkdtemp(join(tmpdir(), "stepper-conformance-"));
  // Without a schema, each call would first ask the server for it.
  schema = join(directory, "schema.binpb");
  await run(buf, ["build", "--output", schema], { cwd: root });
}, 30_000);
afterAll(async () => {
  await rm(directory, { recursive: true });
  await ways.close();
});

interface Question {
  readonly method: string;
  readonly message: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const enqueue = (commitSha: string): Question => ({ method: "Enqueue", message: sampleInput({ commitSha }) });
const get = (jobId: string, headers = {}): Question => ({ method: "Get", message: { jobId }, headers });

async function curl(way: Way, flags: readonly string[], { method, message, headers = {} }: Question) {
  const given = Object.entries({ ...USUAL_HEADERS, ...headers });
  const args = [
    ...["curl", "--schema", schema, "--emit-defaults", "--data", JSON.stringify(message)],
    ...given.flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
    ...flags,
    `${way.url}/stepper.v1.ReportService/${method}`,
  ];
  try {
    const { stdout, stderr } = await run(buf, args);
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

const protocols: Readonly<Record<string, readonly string[]>> = {
  gRPC: ["--protocol", "grpc", "--http2-prior-knowledge"],
  "Connect over HTTP/2": ["--protocol", "connect", "--http2-prior-knowledge"],
  "Connect over HTTP/1.1": ["--protocol", "connect"],
};

describe.each(Object.entries(protocols))("buf curl that speaks %s", (_, flags) => {
  it.each<readonly [string, string, Question]>([
    ["a report", "ok", enqueue("fresh")],
    ["a large report", "ok", enqueue("large")],
    ["a job", "ok", get("known")],
    ["bad fields", "invalid_argument", enqueue("")],
    ["an error in every script", "not_found", get("unicode")],
    ["an error with metadata and details", "data_loss", get("detailed")],
    ["a fault", "internal", get("unexpected")],
    ["a full queue", "resource_exhausted", enqueue("full")],
    ["binary metadata", "ok", get("known", { "x-data-bin": "AAEC/w" })],
  ])("prints the same of %s: %s", async (_, code, question) => {
    const agreed = await expectAgreement(ways, (way) => curl(way, flags, question));
    expect(agreed).toMatchObject({ codes: [code], fastCalls: 1 });
    expect(agreed.answer.code === 0).toBe(code === "ok");
  });
});
