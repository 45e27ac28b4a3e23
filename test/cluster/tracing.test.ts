import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { startFaultServer } from "../support/fault-server.ts";
import type { FaultServer } from "../support/fault-server.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import type { OtlpReceiver, ReceivedSpan } from "../support/otlp-receiver.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleInput } from "../support/samples.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { watchToEnd } from "./watch-to-end.ts";

/** Processes take seconds to start on a busy machine. */
const TIMEOUT_MS = 60_000;
const [TRACE_ID, CALLER_ID] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
const [SERVER, CLIENT, CONSUMER] = [2, 3, 5];
const ERROR = 2;

await describeWithRedis("traces over many processes", (server) => {
  let collector: OtlpReceiver;
  let provider: FaultServer;
  let fleet: Fleet;

  beforeEach(async () => {
    collector = await startOtlpReceiver();
    provider = await startFaultServer({ script: "503, ok" });
    fleet = openFleet(server.url, {
      ...provider.environment,
      RETRY_MAX_ATTEMPTS: "2",
      RETRY_BASE_DELAY_MS: "1",
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_EXPORTER_OTLP_HEADERS: "x-collector-key=k%201",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    });
  });
  afterEach(async () => {
    await fleet.close();
    await provider.close();
    await collector.close();
  });

  it(
    "are one from the client's call through the queue to each call of a provider",
    async () => {
      const api = await fleet.start("api", { OTEL_SERVICE_NAME: "doors" });
      const worker = await fleet.start("worker");
      const headers = { traceparent: `00-${TRACE_ID}-${CALLER_ID}-01` };
      const { jobId } = await api.client.enqueue(sampleInput(), { headers });
      await watchToEnd(api.client, jobId);
      await fetch(`${api.url}/readyz`);
      // Without a caller's trace each call begins its own.
      await api.client.get({ jobId });
      expect([await api.stop(), await worker.stop()]).toEqual([0, 0]);

      const spans = await collector.received(6);
      expect(spans).toHaveLength(6);
      const own = spans.filter(({ traceId }) => traceId === TRACE_ID);
      const [enqueue, ...moreCalls] = own.filter(({ kind }) => kind === SERVER);
      const [run, ...moreRuns] = own.filter(({ kind }) => kind === CONSUMER);
      const attempts = own.filter(({ kind }) => kind === CLIENT);
      expect([moreCalls, moreRuns]).toEqual([[], []]);
      expect(enqueue).toMatchObject({
        name: "stepper.v1.ReportService/Enqueue",
        service: "doors",
        parentSpanId: CALLER_ID,
        key: "k 1",
        attributes: { "stepper.code": "ok" },
      });
      expect(run).toMatchObject({
        name: "run job",
        service: "stepper",
        parentSpanId: enqueue?.spanId,
        attributes: { "stepper.job.id": jobId, "stepper.job.run": 1 },
      });
      expect(attempts.map(toAttempt)).toEqual([
        ["chat fake-model", run?.spanId, 1, ERROR, "unavailable", undefined],
        ["chat fake-model", run?.spanId, 2, 0, undefined, expect.any(Number)],
      ]);
      expect(attempts[1]?.attributes).toMatchObject({
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai-compatible",
        "gen_ai.request.model": "fake-model",
        "gen_ai.response.model": expect.any(String) as unknown,
        "gen_ai.usage.output_tokens": expect.any(Number) as unknown,
      });
      const others = spans.filter(({ traceId }) => traceId !== TRACE_ID).map(({ name }) => name);
      expect(others.toSorted()).toEqual([
        "stepper.v1.ReportService/Get",
        "stepper.v1.ReportService/WatchJob",
      ]);
      // A log line leads to its trace.
      const line = await api.line(({ msg, traceId }) => msg === "call" && traceId === TRACE_ID);
      expect(line).toMatchObject({ method: "stepper.v1.ReportService/Enqueue" });
      expect(JSON.stringify(spans)).not.toContain(sampleInput().message);
    },
    TIMEOUT_MS,
  );
});

function toAttempt({ name, parentSpanId, status, attributes }: ReceivedSpan) {
  return [
    name,
    parentSpanId,
    attributes["stepper.attempt.number"],
    status.code,
    attributes["error.type"],
    attributes["gen_ai.usage.input_tokens"],
  ];
}
