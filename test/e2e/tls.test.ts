import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import * as http2 from "node:http2";
import * as https from "node:https";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as tls from "node:tls";
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

async function start(options: Parameters<typeof startTestService>[0] & { clientCaFile?: string } = {}) {
  const { clientCaFile, ...others } = options;
  const files = { certFile: file("cert.pem"), keyFile: file("key.pem"), clientCaFile };
  service = await startTestService({ ...others, tls: files });
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

  it("keeps HTTP/1.1 connections for as long as in cleartext", async () => {
    const { baseUrl, ca } = await start();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      https
        .get(`${baseUrl}/livez`, { ca, agent: new https.Agent({ keepAlive: true }) }, resolve)
        .on("error", reject);
    });
    answer.resume();
    expect(answer.headers["keep-alive"]).toBe("timeout=5");
    answer.destroy();
  });

  it.each([["h2"], ["http/1.1"]])(
    "drops a client of %s that says nothing after its handshake",
    async (protocol) => {
      const { baseUrl, ca } = await start({ limits: { handshakeMs: 200 } });
      const { port } = new URL(baseUrl);
      const socket = tls.connect({ port: Number(port), host: "127.0.0.1", ca, ALPNProtocols: [protocol] });
      await once(socket, "secureConnect");
      expect(socket.alpnProtocol).toBe(protocol);
      socket.resume();
      await once(socket, "close");
    },
  );

  it.each([["nothing"], ["\x16\x03\x01"], ["GET / HTTP/1.1\r\n\r\n"]])(
    "drops a client that shakes no hands, but says %j",
    async (words) => {
      const { baseUrl } = await start({ limits: { handshakeMs: 200 } });
      const socket = net.connect(Number(new URL(baseUrl).port), "127.0.0.1");
      socket.on("error", () => undefined).resume();
      if (words !== "nothing") socket.write(words);
      await once(socket, "close");
    },
  );

  it("outlives a request that is reset while it waits for a word to go on", async () => {
    const { baseUrl, ca } = await start();
    const session = http2.connect(baseUrl, { ca });
    const stream = session.request({ ":path": "/livez", expect: "100-continue" });
    stream.on("error", () => undefined).close(http2.constants.NGHTTP2_CANCEL);
    await once(stream, "close");
    const other = session.request({ ":path": "/livez", expect: "100-continue" }).resume();
    await once(other, "continue");
    const [headers] = (await once(other, "response")) as [http2.IncomingHttpStatusHeader];
    expect(headers[":status"]).toBe(200);
    session.destroy();
  });

  it("takes no client without a certificate of the authority that it was told of", async () => {
    const { baseUrl, ca } = await start({ clientCaFile: file("cert.pem") });
    const stranger = createClient(Health, createGrpcTransport({ baseUrl, nodeOptions: { ca } }));
    await expect(stranger.check({})).rejects.toThrow();
    const nodeOptions = { ca, cert: ca, key: await readFile(file("key.pem")) };
    const known = createClient(Health, createGrpcTransport({ baseUrl, nodeOptions }));
    expect((await known.check({})).status).toBe(Status.SERVING);
  });
});
