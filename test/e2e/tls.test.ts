import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport, createGrpcTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Status } from "../../gen/health/v1/health_pb.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const run = promisify(execFile);

let folder: string;
let service: TestService | undefined;

/** One self-signed certificate serves as server's, client's and authority's. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "stepper-tls-"));
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
  const key = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
    file("key.pem"),
  ];
  await run("openssl", ["req", "-x509", ...key, "-out", file("cert.pem"), ...subject]);
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => service?.close());

function file(name: string): string {
  return join(folder, name);
}

async function start(clientCaFile?: string) {
  service = await startTestService({
    tls: { certFile: file("cert.pem"), keyFile: file("key.pem"), clientCaFile },
  });
  return { baseUrl: service.url, ca: await readFile(file("cert.pem")) };
}

describe("with a certificate the one port", () => {
  it("speaks HTTP/2 to those who offer it, and HTTP/1.1 to the others", async () => {
    const { baseUrl, ca } = await start();
    const nodeOptions = { ca };
    const grpc = createClient(Health, createGrpcTransport({ baseUrl, nodeOptions }));
    expect((await grpc.check({})).status).toBe(Status.SERVING);
    const connect = createClient(
      Health,
      createConnectTransport({ baseUrl, httpVersion: "1.1", nodeOptions }),
    );
    expect((await connect.check({})).status).toBe(Status.SERVING);
  });

  it("takes no client without a certificate of the authority that it was told of", async () => {
    const { baseUrl, ca } = await start(file("cert.pem"));
    const stranger = createClient(Health, createGrpcTransport({ baseUrl, nodeOptions: { ca } }));
    await expect(stranger.check({})).rejects.toThrow();
    const nodeOptions = { ca, cert: ca, key: await readFile(file("key.pem")) };
    const known = createClient(Health, createGrpcTransport({ baseUrl, nodeOptions }));
    expect((await known.check({})).status).toBe(Status.SERVING);
  });
});
