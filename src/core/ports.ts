import type { Attempt, JobError, JobEvent, LoggedEvent } from "./job.ts";
import type { Report, ReportContent, TokenUsage } from "./report.ts";
import type { ReportRequest } from "./report-request.ts";

/** A report as the cache keeps it. */
export interface StoredReport {
  readonly report: Report;
  /** The job that made it. */
  readonly jobId: string;
  /** The call that gave it; absent on a fallback. */
  readonly attempt?: Attempt;
  /** Milliseconds since the epoch. */
  readonly storedAtMs: number;
}

/** What the cache knows of a fingerprint. With neither part it is a miss. */
export interface CacheEntry {
  /** Hydrated: a report, as long as its time to live lasts. */
  readonly stored?: StoredReport;
  /** Dehydrated: the job that holds the claim to make (or to renew) the report. */
  readonly jobId?: string;
}

/** Reports by fingerprint, and which job is making each. */
export interface ReportCache {
  read(fingerprint: string): Promise<CacheEntry>;
  /** Claims the fingerprint for `jobId` unless another job holds it; answers with the entry as it then stands. */
  claim(fingerprint: string, jobId: string, ttlMs: number): Promise<CacheEntry>;
  /**
   * Stores a report and ends the claim of `stored.jobId`, in one step; with `restMs` the claim ends only then, if the
   * job still holds it. A fallback never replaces a model's report: then only the claim ends.
   */
  write(fingerprint: string, stored: StoredReport, ttlMs: number, restMs?: number): Promise<void>;
  /** Ends the claim of `jobId`, if it still holds it. */
  release(fingerprint: string, jobId: string): Promise<void>;
  close(): Promise<void>;
}

/** A job as the queue carries it: all that a worker needs. */
export interface QueuedJob {
  readonly jobId: string;
  readonly fingerprint: string;
  readonly request: ReportRequest;
  /** W3C trace context of the call that began it, for whoever follows it through the processes. */
  readonly traceparent?: string | undefined;
}

/** What a queue tells the handler of a job. */
export interface RunContext {
  /** Which run of this job it is, from 1. */
  readonly run: number;
  /** How often a process died while it ran this job. */
  readonly crashes: number;
  /** True when the queue will not run the job again, should this run fail. */
  readonly lastRun: boolean;
  /** Aborted when the worker must stop now. */
  readonly signal: AbortSignal;
}

/** Runs one job. A rejection asks for another run, unless it was the last. */
export type JobHandler = (job: QueuedJob, context: RunContext) => Promise<void>;

/** Something that takes jobs from a queue. */
export interface JobWorker {
  /** Takes no more jobs, lets running ones finish for `graceMs`, then aborts them. */
  close(graceMs: number): Promise<void>;
}

/** How many jobs are in each state. */
export interface QueueCounts {
  readonly waiting: number;
  readonly active: number;
}

/** Work that waits for a worker. */
export interface JobQueue {
  /** False when as many jobs wait as may; asked before a new job is begun, so the bound is a soft one. */
  hasRoom(): Promise<boolean>;
  /** Adds a job. Adding an id that is waiting or running already does nothing. */
  add(job: QueuedJob): Promise<void>;
  /** Starts to run jobs. */
  process(handler: JobHandler): JobWorker;
  counts(): Promise<QueueCounts>;
  /** Takes a job that waits out again. One that runs is left to its worker. */
  remove(jobId: string): Promise<void>;
  /** False when the job neither waits nor runs. */
  has(jobId: string): Promise<boolean>;
  close(): Promise<void>;
}

/** What happened to each job: sequenced, append-only, ended by a terminal event. */
export interface JobLog {
  /**
   * Appends an event and answers with its sequence number. Answers with undefined, and appends nothing, when the log
   * has ended, when it never began (its first event is `queued`), or when `queued` is given a second time.
   */
  append(jobId: string, event: JobEvent): Promise<number | undefined>;
  /** True for the first who asks about a job, and false ever after: who is to tell of its end asks first. */
  markTold(jobId: string): Promise<boolean>;
  /** The events after `afterSeq`, in order; empty when there are none or the job is unknown. */
  read(jobId: string, afterSeq: number): Promise<readonly LoggedEvent[]>;
  /** Calls `ring` after each append, as a doorbell only: it may ring twice, late, or for nothing. */
  subscribe(jobId: string, ring: () => void): Promise<() => void>;
  /** Calls `ring` after each `cancelled` of any job; like every doorbell, it may also ring for nothing. */
  subscribeToCancels(ring: () => void): Promise<() => void>;
  /** Up to `limit` jobs that were queued at least `ageMs` ago and have not ended, the oldest first. */
  listOpen(ageMs: number, limit: number): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A job that failed for good, with all that is needed to run it again. */
export interface DeadLetter {
  readonly job: QueuedJob;
  readonly error: JobError;
  /** Milliseconds since the epoch. */
  readonly failedAtMs: number;
}

/** Jobs that failed for good, as long as their logs can be read. */
export interface DeadLetters {
  /** Keeps a failed job; the same job a second time replaces the first. */
  add(letter: DeadLetter): Promise<void>;
  /** Up to `limit` of them, the latest first. */
  list(limit: number): Promise<readonly DeadLetter[]>;
  find(jobId: string): Promise<DeadLetter | undefined>;
  remove(jobId: string): Promise<void>;
  close(): Promise<void>;
}

/** Where a count stands after a hit. */
export interface RateCount {
  /** False when the hit is one too many. */
  readonly isWithin: boolean;
  /** Hits left in the window; where many processes count, about so many. Never below 0. */
  readonly remaining: number;
  /** How long until the window ends. */
  readonly resetMs: number;
}

/** Hits by key in fixed windows that begin with a key's first hit. */
export interface RateCounter {
  /** Counts a hit against at most `max` in `windowMs`, which is taken in whole seconds. */
  hit(key: string, max: number, windowMs: number): Promise<RateCount>;
  close(): Promise<void>;
}

/** Takes out what must not be kept or sent on. */
export interface Redaction {
  /** Called before a request is looked up, kept, logged or sent. The same request always becomes the same. Lets others go on meanwhile. */
  redactRequest(request: ReportRequest): Promise<ReportRequest>;
  /** Called before what a model wrote is kept. */
  redactContent(content: ReportContent): ReportContent;
}

/** Time, so that tests can own it. */
export interface Clock {
  /** Milliseconds since the epoch; they go back when the clock is set back. */
  now(): number;
  /** Milliseconds since some moment before, which nobody sets: for how long something took, or is to last. */
  monotonicMs(): number;
  /** Resolves after `ms`, or as soon as `signal` is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** When each provider may be called next, for all processes that share an engine. */
export interface Pacer {
  /** Takes the next turn of a provider that may be called so often; answers with the milliseconds until it comes. */
  takeTurn(provider: string, perSecond: number): Promise<number>;
  /** Leaves a provider alone for `ms` from now, or for longer if that was asked for before. */
  coolDown(provider: string, ms: number): Promise<void>;
  /** How long a provider is to be left alone; 0 when not at all. */
  cooldownMs(provider: string): Promise<number>;
  /** Tells the other processes of this one's circuit, for `ms` at most; each goes by its own, and shows the others'. */
  tellCircuit(provider: string, circuit: Circuit, ms: number): Promise<void>;
  /** The worst that any process has told of lately. */
  toldCircuit(provider: string): Promise<Circuit>;
}

/** Whether a provider is called: `half-open` lets one call through, to find out. */
export type Circuit = "closed" | "half-open" | "open";

/** What a worker writes to while it has a job in hand. */
export interface WorkerStores {
  readonly cache: ReportCache;
  readonly log: JobLog;
  readonly deadLetters: DeadLetters;
}

/** Whether an engine can be reached. */
export interface Reachability {
  isReachable(): boolean;
  /** Calls `listener` after each change; the answer ends that. */
  onChange(listener: (isReachable: boolean) => void): () => void;
}

/**
 * Where reports, jobs and their logs live. When an engine can't be reached, its calls fail within two seconds with a
 * {@link RequestError} of kind `unavailable`.
 */
export interface Engine {
  readonly name: "memory" | "redis";
  readonly cache: ReportCache;
  readonly queue: JobQueue;
  readonly log: JobLog;
  readonly deadLetters: DeadLetters;
  readonly rateCounter: RateCounter;
  /** Never fails: while the engine is away, each process paces itself. */
  readonly pacer: Pacer;
  /** The same stores for workers: their calls wait for an engine that is away, so that no finished work is lost. */
  readonly worker: WorkerStores;
  readonly reachability: Reachability;
  close(): Promise<void>;
}

/** What a provider is given: the finished prompt, and the commit it speaks of. */
export interface PromptInput {
  /** Instructions that stand above the commit. */
  readonly system: string;
  /** The commit, with the diff fenced as untrusted data; on a re-ask it ends with what was wrong. */
  readonly prompt: string;
  readonly promptVersion: string;
  /** JSON Schema (draft 2020-12) of the answer. */
  readonly schema: Readonly<Record<string, unknown>>;
  readonly request: ReportRequest;
}

/** What a provider gives back. */
export interface ReportOutput {
  /** The model's words, with a report's JSON somewhere in them, or the report itself. Checked in either case. */
  readonly content: string | ReportContent;
  readonly model?: string;
  readonly tokenUsage?: TokenUsage;
}

/** What a call may use besides its input. */
export interface ProviderCallContext {
  /** Aborted on the call's timeout, and when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * One LLM endpoint. `call` is one request: no retry of its own. It should throw {@link ProviderError}; anything else
 * counts as `unavailable`, or as `timeout` once `context.signal` is aborted.
 */
export interface ProviderAdapter {
  readonly name: string;
  /** The model that it asks; for traces. */
  readonly model?: string;
  call(input: PromptInput, context: ProviderCallContext): Promise<ReportOutput>;
}

/** What happens while providers are tried, in order. */
export type ChainEvent = Extract<
  JobEvent,
  { type: "attempt_started" | "attempt_failed" | "provider_skipped" }
>;

/** What the chain is given for one report. */
export interface ChainOptions {
  /** Told of every step before the next is taken; of a failed call also why, which is for the log only. */
  readonly observe: (event: ChainEvent, cause?: unknown) => Promise<void>;
  /** Calls that earlier runs of the job have made, by provider: numbers go on from there. Default: none. */
  readonly attemptsBefore?: ReadonlyMap<string, number>;
  /** W3C trace context that the calls to providers belong to. */
  readonly traceparent?: string | undefined;
  /** Gives up on the whole report: the chain rejects with its reason. */
  readonly signal: AbortSignal;
  /** No more time for providers: the running call is aborted, the others skipped, and the chain resolves. */
  readonly deadline: AbortSignal;
  /** When that will be, in {@link Clock.monotonicMs}: nobody is waited for beyond it. Default: not known. */
  readonly deadlineAtMs?: number;
}

/** A report that a provider wrote, with the call that gave it. */
export interface ChainSuccess {
  readonly content: ReportContent;
  readonly model: string;
  readonly attempt: Attempt;
}

/** A provider's health as a page can show it. */
export interface ProviderHealth {
  readonly name: string;
  readonly circuit: Circuit;
  /** How long until it may be asked again; 0 when now. */
  readonly cooldownMs: number;
}

/** The providers, tried one after another. */
export interface ProviderChain {
  readonly promptVersion: string;
  /** The first valid report, or undefined when every provider failed or was skipped. */
  run(request: ReportRequest, options: ChainOptions): Promise<ChainSuccess | undefined>;
  health(): Promise<readonly ProviderHealth[]>;
  close(): Promise<void>;
}
