import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { Code, ConnectError, createClient } from "@connectrpc/connect";
import type { Client, Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import { BadRequestSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { Health, HealthCheckResponse_ServingStatus } from "../../gen/health/v1/health_pb.ts";
import { JobStatus, ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import type { WatchJobResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import type { HeldProvider } from "../support/held-provider.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const transports: Readonly<Record<string, (baseUrl: string) => Transport>> = {
  "gRPC over HTTP/2": (baseUrl) => createGrpcTransport({ baseUrl }),
  "gRPC-Web over HTTP/1.1": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "1.1" }),
  "gRPC-Web over HTTP/2": (baseUrl) => createGrpcWebTransport({ baseUrl, httpVersion: "2" }),
  "Connect JSON over HTTP/1.1": (baseUrl) => createConnectTransport({ baseUrl, httpVersion: "1.1" }),
  "Connect binary over HTTP/2": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "2", useBinaryFormat: true }),
  "Connect JSON by GET": (baseUrl) =>
    createConnectTransport({ baseUrl, httpVersion: "1.1", useHttpGet: true }),
};

describe.each(Object.entries(transports))("a connect-node client that speaks %s", (_, createTransport) => {
  let provider: HeldProvider;
  let service: TestService;
  let client: Client<typeof ReportService>;
  let transport: Transport;

  beforeEach(async () => {
    provider = createHeldProvider();
    service = await startTestService({ providers: [provider], heartbeatMs: 20 });
    transport = createTransport(service.url);
    client = createClient(ReportService, transport);
  });
  afterEach(() => service.close());

  it("enqueues, watches, gets, and is then answered from the cache", async () => {
    const { jobId } = await client.enqueue(sampleInput());
    const events: WatchJobResponse[] = [];
    for await (const event of client.watchJob({ jobId })) {
      events.push(event);
      if (event.event.case === "attemptStarted") provider.release();
    }
    const sequenced = events.filter(({ seq }) => seq > 0n);
    expect(sequenced.map(({ event }) => event.case)).toEqual([
      "queued",
      "started",
      "attemptStarted",
      "completed",
    ]);

    const { job } = await client.get({ jobId });
    expect(job?.status).toBe(JobStatus.COMPLETED);
    expect(job?.report?.provider).toBe("held");
    const cached = await client.enqueue(sampleInput());
    expect([cached.cached, cached.jobId, cached.report?.title]).toEqual([true, "", job?.report?.title]);
  });

  it("resumes a watch that was cut off, and sees each event once", async () => {
    const { jobId } = await client.enqueue(sampleInput());
    await provider.called(1);
    const seen: bigint[] = [];
    for await (const { seq } of client.watchJob({ jobId })) {
      seen.push(seq);
      if (seq === 2n) break;
    }
    provider.release();
    for await (const { seq } of client.watchJob({ jobId, afterSeq: 2n })) if (seq > 0n) seen.push(seq);
    expect(seen).toEqual([1n, 2n, 3n, 4n]);
  });

  it("gets heartbeats without a number while nothing happens", async () => {
    const { jobId } = await client.enqueue(sampleInput());
    for await (const { event, seq } of client.watchJob({ jobId })) {
      if (event.case !== "heartbeat") continue;
      expect(seq).toBe(0n);
      break;
    }
    provider.release();
  });

  it("gets the bad fields of a request by name", async () => {
    const failure = await client.enqueue({ ...sampleInput(), commitSha: "" }).catch(ConnectError.from);
    if (!(failure instanceof ConnectError)) throw new Error("it was accepted");
    expect(failure.code).toBe(Code.InvalidArgument);
    const [details] = failure.findDetails(BadRequestSchema);
    expect(details?.fieldViolations.map(({ field }) => field)).toEqual(["commit_sha"]);
  });

  it("gets NotFound for an unknown job, also on a stream", async () => {
    await expect(client.get({ jobId: "none" })).rejects.toMatchObject({ code: Code.NotFound });
    const stream = client.watchJob({ jobId: "none" })[Symbol.asyncIterator]();
    await expect(stream.next()).rejects.toMatchObject({ code: Code.NotFound });
  });

  it("is told by an open stream to go elsewhere when the server shuts down", async () => {
    const { jobId } = await client.enqueue(sampleInput());
    await provider.called(1);
    const stream = client.watchJob({ jobId })[Symbol.asyncIterator]();
    await stream.next();
    const rest = (async () => {
      while (!(await stream.next()).done);
    })();
    const closed = service.closeDoors();
    await expect(rest).rejects.toMatchObject({ code: Code.Unavailable });
    await closed;
    provider.release();
  });

  it("checks the health of the server", async () => {
    const { status } = await createClient(Health, transport).check({});
    expect(status).toBe(HealthCheckResponse_ServingStatus.SERVING);
  });
});
