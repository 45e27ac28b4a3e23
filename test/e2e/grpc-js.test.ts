import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { ServiceClientConstructor } from "@grpc/grpc-js";
import { BadRequestSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import type { HeldProvider } from "../support/held-provider.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const loading = { keepCase: true, defaults: true, enums: String, longs: Number, oneofs: true };
const stepper = grpc.loadPackageDefinition(
  loadSync(`${root}proto/stepper/v1/report_service.proto`, { ...loading, includeDirs: [`${root}proto`] }),
) as unknown as { stepper: { v1: { ReportService: ServiceClientConstructor } } };
const health = grpc.loadPackageDefinition(
  loadSync(`${root}node_modules/grpc-health-check/proto/health/v1/health.proto`, loading),
) as unknown as { grpc: { health: { v1: { Health: ServiceClientConstructor } } } };

type Message = Readonly<Record<string, unknown>>;
type Unary = (request: Message, callback: (error: grpc.ServiceError | null, answer: Message) => void) => void;
type Stream = (request: Message) => grpc.ClientReadableStream<Message>;

let provider: HeldProvider;
let service: TestService;
let client: grpc.Client;
let healthClient: grpc.Client;

beforeEach(async () => {
  provider = createHeldProvider();
  service = await startTestService({ providers: [provider], maxWaiting: 1, concurrency: 1 });
  const address = `127.0.0.1:${service.port}`;
  client = new stepper.stepper.v1.ReportService(address, grpc.credentials.createInsecure());
  healthClient = new health.grpc.health.v1.Health(address, grpc.credentials.createInsecure());
});
afterEach(async () => {
  client.close();
  healthClient.close();
  await service.close();
});

function call(method: string, request: Message, target: grpc.Client = client): Promise<Message> {
  const rpc = (target as unknown as Record<string, Unary>)[method];
  return new Promise((resolve, reject) => {
    if (rpc === undefined) throw new Error(`no method ${method}`);
    rpc.call(target, request, (error, answer) => (error ? reject(error) : resolve(answer)));
  });
}

function watch(request: Message): grpc.ClientReadableStream<Message> {
  const rpc = (client as unknown as Record<string, Stream>).WatchJob;
  if (rpc === undefined) throw new Error("no method WatchJob");
  return rpc.call(client, request);
}

async function collect(stream: AsyncIterable<Message>): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for await (const message of stream) messages.push(message);
  return messages;
}

function toRequest(changes: Parameters<typeof sampleInput>[0] = {}): Message {
  const { userId, commitSha, repo, message, files, components, diffSummary } = sampleInput(changes);
  return {
    user_id: userId,
    commit_sha: commitSha,
    repo,
    message,
    files,
    components,
    diff_summary: diffSummary,
  };
}

/** The details of a google.rpc.Status in the trailers: only the values, since their types are what a test expects. */
function detailsOf(error: unknown): readonly Uint8Array[] {
  const [status] = (error as grpc.ServiceError).metadata.get("grpc-status-details-bin");
  return status === undefined ? [] : [status as Buffer];
}

describe("a grpc-js client with a plain proto loader", () => {
  it("enqueues a commit, watches the job to its end, gets it, and then finds it in the cache", async () => {
    const queued = await call("Enqueue", toRequest());
    expect(queued).toMatchObject({ cached: false, stale: false, report: null });
    expect(["QUEUED", "RUNNING"]).toContain(queued.status);
    const events = collect(watch({ job_id: queued.job_id }));
    await provider.called(1);
    provider.release();
    expect((await events).map(({ seq, event }) => [seq, event])).toEqual([
      [1, "queued"],
      [2, "started"],
      [3, "attempt_started"],
      [4, "completed"],
    ]);

    const { job } = await call("Get", { job_id: queued.job_id });
    expect(job).toMatchObject({
      status: "COMPLETED",
      repo: "acme/shop",
      user_id: "ada",
      attempts: [{ provider: "held", number: 1, outcome: "OUTCOME_SUCCEEDED", error_kind: "" }],
      report: {
        title: sampleContent().title,
        impact_and_tests: sampleContent().impactAndTests,
        provider: "held",
        model: "held-1",
        fallback: false,
        token_usage: { input_tokens: 100, output_tokens: 20 },
      },
    });

    const cached = await call("Enqueue", toRequest());
    expect(cached).toMatchObject({ status: "COMPLETED", cached: true, stale: false, job_id: "" });
    expect(provider.calls()).toBe(1);
  });

  it("resumes a watch after the last number it has seen", async () => {
    const { job_id: jobId } = await call("Enqueue", toRequest());
    await provider.called(1);
    const first = watch({ job_id: jobId });
    first.on("error", () => undefined);
    const seen: unknown[] = [];
    for await (const { seq } of first as AsyncIterable<Message>) {
      seen.push(seq);
      if (seq === 2) break;
    }
    first.cancel();
    const rest = collect(watch({ job_id: jobId, after_seq: 2 }));
    provider.release();
    seen.push(...(await rest).map(({ seq }) => seq));
    expect(seen).toEqual([1, 2, 3, 4]);
  });

  it("makes one job and one provider call of a thousand equal requests at once", async () => {
    const answers = Promise.all(Array.from({ length: 1_000 }, () => call("Enqueue", toRequest())));
    await provider.called(1);
    expect(new Set((await answers).map(({ job_id }) => job_id)).size).toBe(1);
    provider.release();
    await collect(watch({ job_id: (await answers)[0]?.job_id }));
    expect(provider.calls()).toBe(1);
  });

  it("gets INVALID_ARGUMENT with a BadRequest that names every bad field", async () => {
    const error: unknown = await call("Enqueue", { ...toRequest(), user_id: "", repo: "" }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: grpc.status.INVALID_ARGUMENT });
    const text = Buffer.concat(detailsOf(error)).toString();
    expect(text).toContain(BadRequestSchema.typeName);
    for (const field of ["user_id", "repo"]) expect(text).toContain(field);
    expect(text).not.toContain("commit_sha");
  });

  it("gets INVALID_ARGUMENT however many fields are bad, with as many names as its trailers can take", async () => {
    const files = Array.from({ length: 2_000 }, () => "x".repeat(3_000));
    const error: unknown = await call("Enqueue", toRequest({ files })).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: grpc.status.INVALID_ARGUMENT });
    expect(Buffer.concat(detailsOf(error)).toString()).toContain("and 1980 more fields are wrong");
  });

  it("lets a deadline be as far away as the protocol allows", async () => {
    const { job_id: jobId } = await call("Enqueue", toRequest());
    const far = new grpc.Metadata();
    far.set("grpc-timeout", "99999999H");
    const rpc = (
      client as unknown as Record<string, (m: Message, o: grpc.Metadata) => AsyncIterable<Message>>
    ).WatchJob;
    const events = collect(rpc?.call(client, { job_id: jobId }, far) ?? watch({}));
    await provider.called(1);
    provider.release();
    expect(await events).toHaveLength(4);
  });

  it("still sees its job while the server shuts down", async () => {
    const { job_id: jobId } = await call("Enqueue", toRequest());
    await provider.called(1);
    service.drain();
    expect(await call("Get", { job_id: jobId })).toMatchObject({ job: { status: "RUNNING" } });
    const events = collect(watch({ job_id: jobId }));
    provider.release();
    expect((await events).map(({ event }) => event)).toContain("completed");
  });

  it("gets NOT_FOUND for a job that does not exist, from Get and from WatchJob", async () => {
    await expect(call("Get", { job_id: "none" })).rejects.toMatchObject({ code: grpc.status.NOT_FOUND });
    await expect(collect(watch({ job_id: "none" }))).rejects.toMatchObject({ code: grpc.status.NOT_FOUND });
  });

  it("gets RESOURCE_EXHAUSTED with RetryInfo and retry-after when the queue is full", async () => {
    await call("Enqueue", toRequest({ commitSha: "running" }));
    await provider.called(1);
    await call("Enqueue", toRequest({ commitSha: "waiting" }));
    const error: unknown = await call("Enqueue", toRequest({ commitSha: "refused" })).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED });
    expect((error as grpc.ServiceError).metadata.get("retry-after")).toEqual(["5"]);
    expect(Buffer.concat(detailsOf(error)).toString()).toContain(RetryInfoSchema.typeName);
    provider.release();
  });

  it("gets RESOURCE_EXHAUSTED for a message over the size limit, and the connection stays useful", async () => {
    const huge = { ...toRequest(), template: "x".repeat(11 * 1024 * 1024) };
    await expect(call("Enqueue", huge)).rejects.toMatchObject({ code: grpc.status.RESOURCE_EXHAUSTED });
    await expect(call("Get", { job_id: "none" })).rejects.toMatchObject({ code: grpc.status.NOT_FOUND });
  });

  it("gets DEADLINE_EXCEEDED on a watch that lasts longer than its deadline", async () => {
    const { job_id: jobId } = await call("Enqueue", toRequest());
    const rpc = (
      client as unknown as Record<string, (m: Message, o: grpc.CallOptions) => AsyncIterable<Message>>
    ).WatchJob;
    const deadline = new Date(Date.now() + 200);
    await expect(
      collect(rpc?.call(client, { job_id: jobId }, { deadline }) ?? watch({})),
    ).rejects.toMatchObject({
      code: grpc.status.DEADLINE_EXCEEDED,
    });
    provider.release();
  });

  it("gets UNIMPLEMENTED for a method that does not exist", async () => {
    const unknown = new Promise((_, reject) => {
      const pass = (bytes: Buffer): Buffer => bytes;
      const path = "/stepper.v1.ReportService/Nothing";
      client.makeUnaryRequest(path, pass, pass, Buffer.alloc(0), (error) =>
        reject(error ?? new Error("answered")),
      );
    });
    await expect(unknown).rejects.toMatchObject({ code: grpc.status.UNIMPLEMENTED });
  });

  it("gets UNAVAILABLE with RetryInfo while the server shuts down", async () => {
    service.drain();
    const error: unknown = await call("Enqueue", toRequest()).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: grpc.status.UNAVAILABLE });
    expect(Buffer.concat(detailsOf(error)).toString()).toContain(RetryInfoSchema.typeName);
  });

  it("checks health of the server and of the service, and learns of no other", async () => {
    expect(await call("Check", { service: "" }, healthClient)).toEqual({ status: "SERVING" });
    expect(await call("Check", { service: "stepper.v1.ReportService" }, healthClient)).toEqual({
      status: "SERVING",
    });
    await expect(call("Check", { service: "other" }, healthClient)).rejects.toMatchObject({
      code: grpc.status.NOT_FOUND,
    });
  });

  it("watches health go from SERVING to NOT_SERVING", async () => {
    const rpc = (healthClient as unknown as Record<string, Stream>).Watch;
    const stream = rpc?.call(healthClient, { service: "" });
    if (stream === undefined) throw new Error("no method Watch");
    const statuses: unknown[] = [];
    for await (const { status } of stream as AsyncIterable<Message>) {
      statuses.push(status);
      if (statuses.length === 1) service.drain();
      else break;
    }
    expect(statuses).toEqual(["SERVING", "NOT_SERVING"]);
  });
});
