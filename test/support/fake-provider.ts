import { startFaultServer } from "./fault-server.ts";
import type { FaultEnd, FaultRequest } from "./fault-server.ts";

/** `npm run fake-provider -- "429 retry-after=2, 500, hang, ok"`: a provider to watch stepper deal with faults. */
const DEFAULT_PORT = 4_010;

const { argv, env, stdout } = process;
let ended = 0;

function tell({ step, startedAtMs }: FaultRequest, { atMs, isAnswered }: FaultEnd): void {
  const how = isAnswered ? "answered" : "the connection was closed";
  const startedAt = new Date(startedAtMs).toISOString();
  stdout.write(`${startedAt} request ${(ended += 1)}: ${step}; ${how} after ${atMs - startedAtMs} ms\n`);
}

const { environment } = await startFaultServer({
  script: argv.slice(2).join(" "),
  port: Number(env.PORT ?? DEFAULT_PORT),
  onEnd: tell,
});
for (const [name, value] of Object.entries(environment)) stdout.write(`${name}=${value}\n`);
