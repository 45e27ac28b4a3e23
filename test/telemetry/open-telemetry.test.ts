import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createOpenTelemetry } from "../../src/telemetry/open-telemetry.ts";
import type { Tracing } from "../../src/telemetry/tracing.ts";
import { runScript } from "../library/run-script.ts";
import { startOtlpReceiver } from "../support/otlp-receiver.ts";
import type { OtlpReceiver } from "../support/otlp-receiver.ts";
import { createCapturedLogger } from "../worker/captured-logger.ts";

let collector: OtlpReceiver;
let captured: ReturnType<typeof createCapturedLogger>;
let tracing: Tracing;

beforeEach(async () => {
  collector = await startOtlpReceiver();
  captured = createCapturedLogger();
  const { endpoint } = collector;
  tracing = createOpenTelemetry({ endpoint, headers: {}, serviceName: "s", logger: captured.logger });
});
afterEach(async () => {
  await tracing.close();
  await collector.close();
});

const start = (parent?: string) => tracing.start("work", { kind: "server", parent, attributes: {} });

describe("a span", () => {
  it("hands on its own place in the trace", async () => {
    const outer = start();
    const inner = start(outer.traceparent);
    inner.end();
    outer.end();
    await tracing.close();
    const [first, second] = await collector.received(2);
    expect(first?.parentSpanId).toBe(second?.spanId);
    expect(outer.traceparent).toBe(`00-${second?.traceId ?? ""}-${second?.spanId ?? ""}-01`);
  });

  it.each(["", "nonsense", "00-0-0-00", `00-${"0".repeat(32)}-${"0".repeat(16)}-01`, "x".repeat(9_000)])(
    "begins a trace of its own when its parent makes no sense: %.20s",
    async (parent) => {
      start(parent).end();
      await tracing.close();
      const [span] = await collector.received(1);
      expect(span?.parentSpanId).toBeFalsy();
    },
  );

  it("of a trace that is not sampled is handed on, and not sent", async () => {
    const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    const span = start(parent);
    span.end();
    start().end();
    await tracing.close();
    expect(await collector.received(1)).toHaveLength(1);
    expect(span.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-\w{16}-00$/);
  });
});

describe("a collector", () => {
  it("that is away is worth a warning, and holds nobody up", async () => {
    await collector.close();
    start().end();
    await tracing.close();
    expect(captured.lines.map(({ msg }) => msg)).toContain("traces could not be sent");
    collector = await startOtlpReceiver();
  });

  it("that nobody named has nothing of OpenTelemetry loaded", async () => {
    // Its API, which does nothing by itself, comes with prom-client.
    const loaded = async (file: string) => {
      const url = new URL(`../../src/${file}`, import.meta.url).href;
      const script = `
        import { createRequire } from "node:module";
        await import(${JSON.stringify(url)});
        const { _cache } = createRequire(import.meta.url)("node:module");
        answer(Object.keys(_cache).some((file) => /@opentelemetry.(?!api\\b)/.test(file)));`;
      return (await runScript(script, { cwd: tmpdir() })).answer;
    };
    expect(await loaded("main.ts")).toBe(false);
    expect(await loaded("telemetry/open-telemetry.ts")).toBe(true);
  });
});
