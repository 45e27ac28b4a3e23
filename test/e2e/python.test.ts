import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { createHeldProvider } from "../support/held-provider.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));
// The system's, since grpcio comes from its packages.
const PYTHON = "/usr/bin/python3";

let service: TestService;
let folder: string;

beforeAll(async () => {
  const provider = createHeldProvider();
  provider.release();
  service = await startTestService({ providers: [provider] });
  folder = await mkdtemp(join(tmpdir(), "stepper-python-"));
});
afterAll(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

async function hasGrpc(): Promise<boolean> {
  return run(PYTHON, ["-c", "import grpc, grpc_tools"]).then(
    () => true,
    () => false,
  );
}

describe("a client of Python's grpcio", () => {
  it("enqueues, cuts a watch off and resumes it, gets, is answered from the cache, and is told of errors", async () => {
    if (!(await hasGrpc())) {
      if (process.env.CI) throw new Error("python3-grpcio and python3-grpc-tools must be installed in CI");
      process.stderr.write("SKIPPED: python3-grpcio and python3-grpc-tools are not installed\n");
      return;
    }
    const proto = "stepper/v1/report_service.proto";
    // Debian's protoc is older than the word `optional`, which changes nothing on the wire.
    const source = (await readFile(`${root}proto/${proto}`, "utf8")).replaceAll("optional string", "string");
    await mkdir(join(folder, "stepper/v1"), { recursive: true });
    await writeFile(join(folder, proto), source);
    const out = [`-I${folder}`, `--python_out=${folder}`, `--grpc_python_out=${folder}`, proto];
    await run(PYTHON, ["-m", "grpc_tools.protoc", ...out]);
    const { stdout } = await run(
      PYTHON,
      [`${root}test/fixtures/python/client.py`, `127.0.0.1:${service.port}`],
      {
        env: { PYTHONPATH: folder },
      },
    );
    const lines = stdout.trim().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { seen: [1, 2, 3, 4], last: "completed" },
      { status: "COMPLETED", provider: "held" },
      { cached: true, job_id: "" },
      { code: "INVALID_ARGUMENT", details: expect.stringContaining("user_id must not be empty") as unknown },
      { code: "NOT_FOUND", details: "no such job is known or it has expired" },
    ]);
  }, 30_000);
});
