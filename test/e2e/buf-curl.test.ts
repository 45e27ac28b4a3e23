import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { fromBinary } from "@bufbuild/protobuf";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { ServerReflection } from "../../gen/grpc/reflection/v1/reflection_pb.ts";
import { createHeldProvider } from "../support/held-provider.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

const buf = fileURLToPath(new URL("../../node_modules/.bin/buf", import.meta.url));
const run = promisify(execFile);

async function* toAsync<T>(values: readonly T[]): AsyncGenerator<T, void> {
  for (const value of values) yield await Promise.resolve(value);
}

let service: TestService;

beforeEach(async () => {
  const provider = createHeldProvider();
  provider.release();
  service = await startTestService({ providers: [provider] });
});
afterEach(() => service.close());

/** Calls by reflection only: buf is given no schema. Answers with the messages that came back. */
async function curl(protocol: string, method: string, message: unknown): Promise<readonly unknown[]> {
  const { stdout } = await run(buf, [
    "curl",
    "--http2-prior-knowledge",
    "--protocol",
    protocol,
    "--emit-defaults",
    "--data",
    JSON.stringify(message),
    `${service.url}/${method}`,
  ]);
  return JSON.parse(`[${stdout.trim().replaceAll(/^}\n{/gm, "},{")}]`) as unknown[];
}

describe.each(["grpc", "grpcweb", "connect"])("buf curl that speaks %s and knows no schema", (protocol) => {
  it("enqueues, watches to the end, resumes, gets, and checks health", async () => {
    const [queued] = await curl(protocol, "stepper.v1.ReportService/Enqueue", sampleInput());
    const { jobId } = queued as { jobId: string };
    expect(queued).toMatchObject({
      cached: false,
      jobId: expect.stringMatching(/^[\da-f-]{36}$/) as unknown,
    });

    const events = await curl(protocol, "stepper.v1.ReportService/WatchJob", { jobId });
    expect(events.map((event) => (event as { seq: string }).seq)).toEqual(["1", "2", "3", "4"]);
    expect(events.at(-1)).toMatchObject({ completed: { report: { title: sampleContent().title } } });
    const rest = await curl(protocol, "stepper.v1.ReportService/WatchJob", { jobId, afterSeq: "3" });
    expect(rest).toEqual(events.slice(3));

    const [got] = await curl(protocol, "stepper.v1.ReportService/Get", { jobId });
    expect(got).toMatchObject({ job: { status: "COMPLETED", report: { provider: "held" } } });
    expect(await curl(protocol, "grpc.health.v1.Health/Check", {})).toEqual([{ status: "SERVING" }]);
  });
});

describe.each(["grpc-v1", "grpc-v1alpha"])("reflection %s", (version) => {
  it("lists the services and their methods", async () => {
    const args = ["curl", "--http2-prior-knowledge", "--reflect-protocol", version, service.url];
    const { stdout: services } = await run(buf, [...args, "--list-services"]);
    expect(services.trim().split("\n").sort()).toEqual([
      "grpc.health.v1.Health",
      "grpc.reflection.v1.ServerReflection",
      "grpc.reflection.v1alpha.ServerReflection",
      "stepper.v1.ReportService",
    ]);
    const { stdout: methods } = await run(buf, [...args, "--list-methods"]);
    expect(methods).toContain("stepper.v1.ReportService/WatchJob");
  });
});

describe("reflection", () => {
  it("knows every name in a file, and sends that file first", async () => {
    const client = createClient(ServerReflection, createGrpcTransport({ baseUrl: service.url }));
    const names = [
      "Report",
      "Report.title",
      "JobStatus",
      "QUEUED",
      "WatchJobResponse.event",
      "ReportService.Get",
    ];
    const questions = names.map((name) => ({
      messageRequest: { case: "fileContainingSymbol" as const, value: `stepper.v1.${name}` },
    }));
    for await (const { messageResponse } of client.serverReflectionInfo(toAsync(questions))) {
      if (messageResponse.case !== "fileDescriptorResponse") throw new Error("a name is unknown");
      const [file] = messageResponse.value.fileDescriptorProto;
      const { name } = fromBinary(FileDescriptorProtoSchema, file ?? new Uint8Array());
      expect(name).toBe("stepper/v1/report_service.proto");
    }
  });
});
