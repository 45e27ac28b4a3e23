export {
  enqueueReport,
  generateReport,
  cancelJob,
  getJob,
  registerCallbacks,
  watchJob,
  close,
} from "./default-stepper.ts";
export { createStepper } from "./create-stepper.ts";
export type { EnqueueResult, GenerateResult, Stepper, StepperOptions } from "./create-stepper.ts";
export type { RedisSettings, StepperSettings } from "./stepper-settings.ts";
export { ConfigError } from "./config/load.ts";
export { InvalidArgumentError, ProviderError, RequestError, StepperError } from "./core/errors.ts";
export type { FieldViolation, ProviderErrorKind, RequestErrorKind } from "./core/errors.ts";
export type { Attempt, Job, JobError, JobEvent, JobStatus, LoggedEvent, SkipReason } from "./core/job.ts";
export type { PromptInput, ProviderAdapter, ProviderCallContext, ReportOutput } from "./core/ports.ts";
export type { Report, ReportContent, ReportWarning, TokenUsage } from "./core/report.ts";
export type { ReportInput, ReportRequest } from "./core/report-request.ts";
export type { WatchOptions } from "./core/reports.ts";
export type { Heartbeat, WatchEvent } from "./core/watch-job.ts";
export type { ProviderName, ProviderSettings } from "./providers/provider-settings.ts";
export type { Callbacks, JobFailure, JobMeta } from "./worker/callbacks.ts";
