import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { SAMPLE_REPORT, SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";
import { VENDOR_CASES } from "../providers/vendor-cases.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import type { VendorReply, VendorServer } from "../support/vendor-server.ts";
import { createContainer, isUnprivileged } from "./container.ts";
import type { Container } from "./container.ts";
import { buildImage } from "./dockerfile.ts";
import type { Image } from "./dockerfile.ts";
import type { Program } from "./program.ts";

const BUILD_TIMEOUT_MS = 300_000;
/** What issue and README promise. */
const MOST_BYTES_ABOVE_BASE = 60_000_000;
/** Logs of the image are JSON, as nobody looks at them on a terminal. */
const LISTENING = /"listening"/;

const execute = promisify(execFile);

jest.setTimeout(60_000);

let image: Image;
let container: Container;
let program: Program | undefined;
let vendors: VendorServer | undefined;

beforeAll(async () => {
  image = await buildImage();
  container = createContainer(image);
}, BUILD_TIMEOUT_MS);
afterAll(() => image.remove());
afterEach(async () => {
  await program?.stop();
  await vendors?.close();
  program = undefined;
  vendors = undefined;
});

/** Starts the image on a free port; answers with that. */
async function start(environment: Readonly<Record<string, string>> = {}): Promise<number> {
  program = container.start({ PORT: "0", HOST: "127.0.0.1", RATE_LIMIT_ENABLED: "false", ...environment });
  const { port } = JSON.parse(await program.line(LISTENING)) as { port: number };
  return port;
}

/** The exit code of the image's health check, by default of what it asks by itself. */
async function checkHealth(port: number, environment = {}, path?: string): Promise<number> {
  const command = path === undefined ? image.healthCheck : [...image.healthCheck.slice(0, -1), path];
  return (await container.run(command, { PORT: String(port), ...environment })).code;
}

/** An environment in which every vendor is played by one server. */
function toVendorEnvironment(url: string): Readonly<Record<string, string>> {
  const variables = VENDOR_CASES.flatMap(({ name, settings }) => {
    const prefix = name.toUpperCase().replaceAll("-", "_");
    const { baseUrl, url: ownUrl, apiKey, model } = settings(url);
    return [
      [`${prefix}_ENABLED`, "true"],
      [`${prefix}_RPS`, ""],
      [`${prefix}_BASE_URL`, baseUrl ?? ""],
      [`${prefix}_URL`, ownUrl ?? ""],
      [`${prefix}_API_KEY`, apiKey ?? ""],
      [`${prefix}_MODEL`, model ?? ""],
    ];
  });
  return {
    ...(Object.fromEntries(variables) as Record<string, string>),
    PROVIDER_ORDER: VENDOR_CASES.map(({ name }) => name).join(","),
    RETRY_MAX_ATTEMPTS: "1",
    CIRCUIT_MIN_CALLS: "1000",
  };
}

describe("what the image adds to its base", () => {
  it("is at most 60 MB", async () => {
    const bytes = await image.size();
    process.stdout.write(`the image adds ${(bytes / 1e6).toFixed(1)} MB to its base\n`);
    expect(bytes).toBeLessThan(MOST_BYTES_ABOVE_BASE);
  });

  it("is what runs, and nothing that builds", async () => {
    expect((await readdir(image.workFolder)).sort()).toEqual([
      "dist",
      "healthcheck.js",
      "node_modules",
      "package.json",
      "proto",
    ]);
    const files = await readdir(image.workFolder, { recursive: true });
    expect(files.filter((path) => /\.(?:[cm]?ts|map|md)$/.test(path))).toEqual([]);
    expect(files).not.toContain("node_modules/typescript");
    expect(files).toContain("node_modules/zod/LICENSE");
  });

  it("can't be written by the user it runs as", async () => {
    expect(image.user).toBe("node");
    const { stdout } = await container.run(["find", ".", "-writable"]);
    if (isUnprivileged) expect(stdout).toBe("");
  });
});

describe("the image's command", () => {
  it("is stepper, so that arguments are its own", async () => {
    const { stdout } = await container.run([...image.entryPoint, "--version"]);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(image.command).toEqual(["serve"]);
  });

  it("hands SIGTERM on to the server, which ends with 0", async () => {
    await start();
    expect(await program?.stop()).toBe(0);
  });

  it("writes readable lines on a terminal", async () => {
    const command = ["exec", ...image.entryPoint, ...image.command].join(" ");
    program = container.start({ PORT: "0", HOST: "127.0.0.1" }, ["script", "-qec", command, "/dev/null"]);
    expect(await program.line(/listening/)).toMatch(/INFO.*listening/);
  });
});

describe("the health check", () => {
  it("says whether the server answers", async () => {
    const port = await start();
    expect(await checkHealth(port)).toBe(0);
    await program?.stop();
    expect(await checkHealth(port)).toBe(1);
  });

  it("takes a key that is asked for as an answer", async () => {
    const keys = { API_KEY_ENABLED: "true", STEPPER_API_KEY: "secret", API_KEY_SKIP_HEALTH: "false" };
    expect(await checkHealth(await start(keys), keys)).toBe(0);
  });

  describe("with TLS", () => {
    let folder: string;
    let files: Readonly<Record<string, string>>;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "stepper-image-tls-"));
      const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
      const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key];
      await execute("openssl", [
        "req",
        "-x509",
        ...made,
        "-out",
        certificate,
        "-subj",
        "/CN=stepper.example",
      ]);
      // The container's user reads them.
      for (const [path, mode] of [[folder, 0o755] as const, [key, 0o644] as const]) await chmod(path, mode);
      files = { TLS_CERT_FILE: certificate, TLS_KEY_FILE: key };
    });
    afterAll(() => rm(folder, { recursive: true }));

    it("asks in the same way", async () => {
      const port = await start(files);
      expect(await checkHealth(port, files)).toBe(0);
      expect(await checkHealth(port, files, "/readyz")).toBe(0);
      expect(await checkHealth(port)).toBe(1);
    });

    it("is content with a handshake where clients need certificates", async () => {
      const both = { ...files, TLS_CLIENT_CA_FILE: files.TLS_CERT_FILE ?? "" };
      const port = await start(both);
      expect(await checkHealth(port, both)).toBe(0);
      await program?.stop();
      expect(await checkHealth(port, both)).toBe(1);
    });
  });
});

await describeWithRedis(
  "the image on Redis",
  (redis) => {
    it("asks every vendor, and serves the reports over gRPC, Connect and REST", async () => {
      vendors = await startVendorServer();
      const port = await start({ REDIS_URL: redis.url, ...toVendorEnvironment(vendors.url) });
      const baseUrl = `http://127.0.0.1:${port}`;
      const grpc = createClient(ReportService, createGrpcTransport({ baseUrl }));
      const connect = createClient(ReportService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
      const failures: VendorReply[] = [];
      for (const { name, wire } of VENDOR_CASES) {
        vendors.reply(...failures, wire.success(SAMPLE_REPORT_TEXT));
        const { jobId } = await grpc.enqueue(sampleInput({ commitSha: name }));
        const events: (string | undefined)[] = [];
        for await (const { event } of grpc.watchJob({ jobId })) events.push(event.case);
        expect([name, events.at(-1)]).toEqual([name, "completed"]);
        const { job } = await connect.get({ jobId });
        expect(job?.report).toMatchObject({ provider: name, title: SAMPLE_REPORT.title });
        const response = await fetch(`${baseUrl}/v1/reports/${jobId}`);
        expect(await response.json()).toMatchObject({ data: { provider: name, fallback: false } });
        failures.push(wire.failed);
      }
      const command = [...image.entryPoint, "jobs", "list", "--failed"];
      expect((await container.run(command, { REDIS_URL: redis.url })).code).toBe(0);
      expect(await program?.stop()).toBe(0);
    });

    it("lives but is not ready while Redis is away", async () => {
      const port = await start({ REDIS_URL: redis.url, SHUTDOWN_TIMEOUT_MS: "100" });
      await program?.line(/"Redis answers"/);
      expect(await checkHealth(port, {}, "/readyz")).toBe(0);
      await redis.kill();
      await program?.line(/"Redis does not answer/);
      expect(await checkHealth(port, {}, "/readyz")).toBe(1);
      expect(await checkHealth(port)).toBe(0);
      await redis.restart();
    });
  },
  { own: true },
);
