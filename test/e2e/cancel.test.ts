import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { JobStatus, ReportService } from "../../gen/stepper/v1/report_service_pb.ts";
import { createDeferred } from "../support/deferred.ts";
import { sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import type { VendorServer } from "../support/vendor-server.ts";

let vendor: VendorServer;
let service: TestService;

beforeEach(async () => {
  vendor = await startVendorServer({ fault: "hang" });
  service = await startTestService({
    providers: [{ name: "openai-compatible", url: `${vendor.url}/v1`, model: "slow-1" }],
  });
});
afterEach(async () => {
  await service.close();
  await vendor.close();
});

const createReportClient = () => createClient(ReportService, createGrpcTransport({ baseUrl: service.url }));

describe("Cancel", () => {
  it("ends a running job, its watchers' streams, and the request to the provider", async () => {
    const client = createReportClient();
    const asked = vendor.nextRequest();
    const { jobId } = await client.enqueue(sampleInput());
    const seen: (string | undefined)[] = [];
    const watched = createDeferred();
    void (async () => {
      for await (const { event } of client.watchJob({ jobId })) seen.push(event.case);
      watched.resolve();
    })();
    const request = await asked;
    const { job } = await client.cancel({ jobId });
    expect(job?.status).toBe(JobStatus.CANCELLED);
    // The socket to the provider is closed.
    await request.ended;
    await watched.promise;
    expect(seen).toEqual(["queued", "started", "attemptStarted", "cancelled"]);
    expect((await client.get({ jobId })).job?.status).toBe(JobStatus.CANCELLED);
    expect(await service.wired.engine.queue.counts()).toEqual({ waiting: 0, active: 0 });
  });

  it("knows no job that is not there", async () => {
    const missing = createReportClient().cancel({ jobId: "never" });
    await expect(missing).rejects.toMatchObject({ rawMessage: "no such job is known or it has expired" });
  });

  it("is DELETE over plain HTTP, as often as one likes", async () => {
    const asked = vendor.nextRequest();
    const response = await fetch(`${service.url}/v1/reports`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(sampleInput()),
    });
    const { statusUrl } = (await response.json()) as { readonly statusUrl: string };
    const request = await asked;
    for (const _ of [1, 2]) {
      const cancelled = await fetch(`${service.url}${statusUrl}`, { method: "DELETE" });
      expect(cancelled.status).toBe(200);
      expect(await cancelled.json()).toMatchObject({ status: "cancelled", attempts: [] });
    }
    await request.ended;
    const missing = await fetch(`${service.url}/v1/reports/never`, { method: "DELETE" });
    expect(missing.status).toBe(404);
  });
});
