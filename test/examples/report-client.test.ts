import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createReportClient } from "../../examples/commit-webhook-grpc/report-client.ts";
import type { ReportClient } from "../../examples/commit-webhook-grpc/report-client.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import type { HeldProvider } from "../support/held-provider.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

let provider: HeldProvider;
let service: TestService;
let client: ReportClient;

beforeEach(async () => {
  provider = createHeldProvider();
  service = await startTestService({ providers: [provider], maxWaiting: 1, concurrency: 1 });
  client = createReportClient({ url: service.url, apiKey: undefined });
});
afterEach(async () => {
  client.close();
  await service.close();
});

function makeReport(commitSha = "one", signal = new AbortController().signal) {
  return client.makeReport(sampleInput({ commitSha }), signal);
}

describe("the report client over gRPC", () => {
  it("enqueues a commit and waits for its report", async () => {
    const made = makeReport();
    await provider.called(1);
    provider.release();
    expect(await made).toMatchObject({
      title: sampleContent().title,
      changes: sampleContent().changes,
      provider: "held",
      fallback: false,
    });
  });

  it("is given a report that is known already", async () => {
    provider.release();
    await makeReport();
    expect(await makeReport()).toMatchObject({ title: sampleContent().title });
    expect(provider.calls()).toBe(1);
  });

  it("goes on when its connection is cut, and makes no second job", async () => {
    const proxy = await startProxy(service.port);
    client.close();
    client = createReportClient({ url: proxy.url, apiKey: undefined });
    const made = makeReport();
    await provider.called(1);
    proxy.cut();
    provider.release();
    expect(await made).toMatchObject({ title: sampleContent().title });
    expect(provider.calls()).toBe(1);
    await proxy.close();
  });

  it("waits for a server that is not up yet", async () => {
    const proxy = await startProxy(service.port);
    await proxy.close();
    client.close();
    client = createReportClient({ url: proxy.url, apiKey: undefined });
    const made = makeReport();
    provider.release();
    const revived = await startProxy(service.port, proxy.port);
    expect(await made).toMatchObject({ title: sampleContent().title });
    await revived.close();
  });

  it("gives up when its time is over", async () => {
    client.close();
    client = createReportClient({ url: service.url, apiKey: undefined, timeoutMs: 200 });
    await expect(makeReport()).rejects.toMatchObject({
      message: expect.stringContaining("DEADLINE_EXCEEDED"),
    });
    provider.release();
  });

  it("stops with the reason of its signal", async () => {
    const stopping = new AbortController();
    const made = makeReport("one", stopping.signal);
    await provider.called(1);
    stopping.abort(new Error("stopped here"));
    await expect(made).rejects.toThrow("stopped here");
    provider.release();
  });

  it("does not repeat what the server refuses", async () => {
    await expect(
      client.makeReport({ ...sampleInput(), repo: "" }, new AbortController().signal),
    ).rejects.toThrow("INVALID_ARGUMENT");
  });
});

/** Hands bytes on to a port, until its connections are cut. */
async function startProxy(target: number, port = 0) {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const upstream = connect(target, "127.0.0.1");
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on("error", () => undefined);
      end.once("close", () => {
        socket.destroy();
        upstream.destroy();
      });
    }
    socket.pipe(upstream).pipe(socket);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const listening = (server.address() as AddressInfo).port;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: listening,
    url: `http://127.0.0.1:${listening}`,
    cut,
    close: async () => {
      server.close();
      cut();
      await once(server, "close");
    },
  };
}
