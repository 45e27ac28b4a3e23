import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** A request that is sent over and over. */
export interface Load {
  readonly url: string;
  readonly protocol: "http1" | "http2";
  readonly headers: Readonly<Record<string, string>>;
  /** A file with the body; without one it is a GET. */
  readonly bodyFile?: string | undefined;
}

const run = promisify(execFile);

/** As many requests are under way in either protocol. */
const CONCURRENCY = 64;
const HTTP2_CONNECTIONS = 4;

const WARM_UP_MS = 300;

/** Answers a second that h2load gets in so many seconds. */
export function runLoad(load: Load, seconds: number): Promise<number> {
  return runH2load(load, ["-D", String(seconds), "--warm-up-time", `${WARM_UP_MS}ms`]);
}

/** Sends so many requests, however long that takes. */
export function runRequests(load: Load, count: number): Promise<number> {
  return runH2load(load, ["-n", String(count)]);
}

/** @throws when an answer was not a 2xx, or did not come */
async function runH2load(
  { url, protocol, headers, bodyFile }: Load,
  amount: readonly string[],
): Promise<number> {
  const args = [
    ...(protocol === "http2"
      ? ["-c", String(HTTP2_CONNECTIONS), "-m", String(CONCURRENCY / HTTP2_CONNECTIONS)]
      : ["--h1", "-c", String(CONCURRENCY)]),
    ...amount,
    ...Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]),
    ...(bodyFile === undefined ? [] : ["-d", bodyFile]),
    url,
  ];
  const { stdout } = await run("h2load", args);
  const [, ok = "0", ...others] =
    /status codes: (\d+) 2xx, (\d+) 3xx, (\d+) 4xx, (\d+) 5xx/.exec(stdout) ?? [];
  const lost = /(\d+) failed, (\d+) errored, (\d+) timeout/.exec(stdout)?.slice(1) ?? [""];
  if (ok === "0" || [...others, ...lost].some((count) => count !== "0"))
    throw new Error(`not all answers were good:\n${stdout}`);
  const perSecond = Number(/finished in [^,]+, ([\d.]+) req\/s/.exec(stdout)?.[1]);
  if (!(perSecond > 0)) throw new Error(`h2load tells no figure:\n${stdout}`);
  return perSecond;
}
