import type { ServerProcess } from "../support/server-process.ts";

/** A line of a process's log. */
interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly jobId?: string;
}

/** Pino's number for it. */
const WARN = 40;

/** Everything in a process's log so far. */
export function readLog({ output }: ServerProcess): readonly LogLine[] {
  return output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as LogLine);
}

/** What a process wrote that is no line of its log: a stack, or warnings of Node and of libraries. */
export function readStrayOutput({ output }: ServerProcess): readonly string[] {
  return output()
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("{"));
}

/** The messages at level warn or above that a process wrote more than once. */
export function findRepeatedWarnings(process: ServerProcess): readonly string[] {
  const warnings = readLog(process).flatMap(({ level, msg }) => (level >= WARN ? [msg] : []));
  return warnings.filter((msg, index) => warnings.indexOf(msg) !== index);
}

/** How often a process ended each job. */
export function countEnds(processes: readonly ServerProcess[]): ReadonlyMap<string | undefined, number> {
  const counts = new Map<string | undefined, number>();
  for (const { msg, jobId } of processes.flatMap(readLog)) {
    if (msg === "job ended") counts.set(jobId, (counts.get(jobId) ?? 0) + 1);
  }
  return counts;
}

export const ANSWERS = "Redis answers";
export const ANSWERS_NOT = "Redis does not answer: calls are refused, and jobs wait, until it does";

/** What a process said of Redis, in order. */
export function readRedisNews(process: ServerProcess): readonly string[] {
  return readLog(process)
    .map(({ msg }) => msg)
    .filter((msg) => msg.startsWith("Redis "));
}

/** Resolves when a process has said so of Redis, for the first time. */
export async function untilRedis({ line }: ServerProcess, news: string): Promise<void> {
  await line(({ msg }) => msg === news);
}

export function isRunning({ child }: ServerProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
