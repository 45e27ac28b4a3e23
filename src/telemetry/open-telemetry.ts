import { diag, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Context, Span as OpenTelemetrySpan } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Logger } from "./logger.ts";
import type { Tracing } from "./tracing.ts";

interface OpenTelemetryOptions {
  /** Where a collector takes OTLP over HTTP, without the `/v1/traces` that is added to it. */
  readonly endpoint: string;
  /** Sent with each request, such as a collector's key. */
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly logger: Logger;
}

const KINDS = { server: SpanKind.SERVER, consumer: SpanKind.CONSUMER, client: SpanKind.CLIENT };

const UNSENT = "traces could not be sent";

/** How long the last spans may take on their way out. */
const FLUSH_MS = 2_000;

const propagator = new W3CTraceContextPropagator();
const setHeader = (carrier: Record<string, string>, name: string, value: string): void =>
  void (carrier[name] = value);
const getHeader = (carrier: Readonly<Record<string, string>>, name: string): string | undefined =>
  carrier[name];

/**
 * Sends spans to a collector. Sampling and batches follow OpenTelemetry's own variables (`OTEL_TRACES_SAMPLER`,
 * `OTEL_BSP_…`, `OTEL_RESOURCE_ATTRIBUTES`), which its SDK reads from the process's environment.
 */
export function createOpenTelemetry(options: OpenTelemetryOptions): Tracing {
  const { endpoint, headers, serviceName, logger } = options;
  logTroubleTo(logger);
  const named = resourceFromAttributes({ "service.name": serviceName });
  const exporter = new OTLPTraceExporter({ url: `${endpoint}/v1/traces`, headers });
  const provider = new BasicTracerProvider({
    resource: detectResources({ detectors: [envDetector] }).merge(named),
    spanProcessors: [new BatchSpanProcessor(exporter)],
    forceFlushTimeoutMillis: FLUSH_MS,
  });
  const tracer = provider.getTracer("stepper");

  return {
    start: (name, { kind, parent, attributes }) => {
      const context = toContext(parent);
      const span = tracer.startSpan(name, { kind: KINDS[kind], attributes: { ...attributes } }, context);
      return {
        traceparent: toTraceparent(span, context),
        end: ({ attributes: last = {}, errorType } = {}) => {
          span.setAttributes({ ...last });
          if (errorType !== undefined) {
            span.setAttribute("error.type", errorType).setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    close: async () => {
      const flushed = provider.shutdown().then(
        () => true,
        (error: unknown) => logger.warn({ trouble: String(error) }, UNSENT),
      );
      const late = new Promise<false>((resolve) => setTimeout(() => resolve(false), FLUSH_MS).unref());
      if ((await Promise.race([flushed, late])) === false)
        logger.warn({ trouble: "no time is left" }, UNSENT);
      diag.disable();
    },
  };
}

function toContext(traceparent: string | undefined): Context {
  return traceparent === undefined
    ? ROOT_CONTEXT
    : propagator.extract(ROOT_CONTEXT, { traceparent }, { get: getHeader, keys: Object.keys });
}

function toTraceparent(span: OpenTelemetrySpan, context: Context): string | undefined {
  const carrier: Record<string, string> = {};
  propagator.inject(trace.setSpan(context, span), carrier, { set: setHeader });
  return carrier.traceparent;
}

/** A collector that is away is no trouble of a request's, and worth a line each time a batch is lost. */
function logTroubleTo(logger: Logger): void {
  const warn = (message: string): void => logger.warn({ trouble: message }, UNSENT);
  const ignore = (): void => undefined;
  diag.setLogger({ error: warn, warn, info: ignore, debug: ignore, verbose: ignore });
}
