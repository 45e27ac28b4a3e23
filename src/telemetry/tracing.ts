/** What is told of a span; undefined values are left out. */
type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

interface SpanStart {
  /** `server`: a call at a door; `consumer`: a run of a job; `client`: a call to a provider. */
  readonly kind: "server" | "consumer" | "client";
  /** The W3C trace context that it belongs to; one that makes no sense counts as none, and begins a new trace. */
  readonly parent?: string | undefined;
  readonly attributes: SpanAttributes;
}

interface SpanEnd {
  readonly attributes?: SpanAttributes;
  /** Why it failed, in a word of ours. */
  readonly errorType?: string | undefined;
}

/** A piece of work with a beginning and an end. */
export interface Span {
  /**
   * The trace context of what happens inside of it, which may cross processes; undefined while tracing is off.
   * @see https://www.w3.org/TR/trace-context/#traceparent-header
   */
  readonly traceparent: string | undefined;
  end(end?: SpanEnd): void;
}

/** Follows a request through doors, queue, workers and providers. Telling it never fails, and waits for nobody. */
export interface Tracing {
  start(name: string, start: SpanStart): Span;
  /** Sends what is left, and waits for that a short while. */
  close(): Promise<void>;
}

const noSpan: Span = { traceparent: undefined, end: () => undefined };

/** For those who follow nothing. */
export const noTracing: Tracing = { start: () => noSpan, close: () => Promise.resolve() };
