import type { TokenUsage } from "./report.ts";

/** A field that is out of bounds: its lowerCamelCase path, and what is wrong with it. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** What can go wrong with a caller's request. The table in rpc/error-codes.ts maps every kind. */
export type RequestErrorKind =
  | "invalid_argument"
  | "unauthenticated"
  | "not_found"
  | "rate_limited"
  | "queue_full"
  | "too_large"
  | "too_slow"
  | "unavailable"
  | "deadline_exceeded"
  | "cancelled"
  | "method_not_allowed"
  | "unsupported_media_type"
  | "internal";

/** What can go wrong with one call to a provider. */
export type ProviderErrorKind =
  "rate_limited" | "timeout" | "unavailable" | "auth" | "rejected" | "invalid_output";

/** The root of every failure that stepper expects. `message` is safe to show to a caller. */
export abstract class StepperError extends Error {
  abstract readonly kind: RequestErrorKind | ProviderErrorKind;
  /** True when the same call may succeed later; decided where the error is born. */
  abstract readonly retryable: boolean;
}

interface RequestErrorOptions extends ErrorOptions {
  /** How long a caller should wait before it tries again. */
  readonly retryAfterMs?: number;
}

const RETRYABLE_REQUEST_KINDS: ReadonlySet<RequestErrorKind> = new Set([
  "rate_limited",
  "queue_full",
  "unavailable",
  "deadline_exceeded",
  "too_slow",
]);

/** A request that can't be answered. */
export class RequestError extends StepperError {
  override readonly name: string = "RequestError";
  readonly kind: RequestErrorKind;
  readonly retryAfterMs: number | undefined;

  constructor(kind: RequestErrorKind, message: string, options: RequestErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }

  get retryable(): boolean {
    return RETRYABLE_REQUEST_KINDS.has(this.kind);
  }
}

/** A request with fields out of bounds; names every one of them. */
export class InvalidArgumentError extends RequestError {
  override readonly name = "InvalidArgumentError";
  readonly fields: readonly FieldViolation[];

  constructor(fields: readonly FieldViolation[]) {
    // Only words: clients of gRPC see punctuation of URLs percent-encoded.
    super(
      "invalid_argument",
      fields.map(({ field, description }) => `${field} ${description}`.trim()).join(" and "),
    );
    this.fields = fields;
  }
}

interface ProviderErrorOptions extends ErrorOptions {
  /** How long the provider asked to be left alone. */
  readonly retryAfterMs?: number | undefined;
  /** What the call cost, when the provider answered and said so. */
  readonly tokenUsage?: TokenUsage | undefined;
}

const RETRYABLE_PROVIDER_KINDS: ReadonlySet<ProviderErrorKind> = new Set([
  "rate_limited",
  "timeout",
  "unavailable",
]);

/** One call to a provider that failed. */
export class ProviderError extends StepperError {
  override readonly name = "ProviderError";
  readonly kind: ProviderErrorKind;
  readonly retryAfterMs: number | undefined;
  readonly tokenUsage: TokenUsage | undefined;

  constructor(kind: ProviderErrorKind, message: string, options: ProviderErrorOptions = {}) {
    super(message, options);
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
    this.tokenUsage = options.tokenUsage;
  }

  get retryable(): boolean {
    return RETRYABLE_PROVIDER_KINDS.has(this.kind);
  }
}
