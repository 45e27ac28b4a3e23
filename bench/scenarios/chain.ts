import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { request } from "undici";
import { createLocalPacer } from "../../src/core/local-pacer.ts";
import { systemClock } from "../../src/core/system-clock.ts";
import { createProviderChain } from "../../src/providers/chain.ts";
import { createHttpClient } from "../../src/providers/http-client.ts";
import { createProviders } from "../../src/providers/registry.ts";
import { defaultSettings } from "../../src/stepper-settings.ts";
import { noTracing } from "../../src/telemetry/tracing.ts";
import { sampleContent, sampleRequest } from "../../test/support/samples.ts";
import type { Bench, Contestant, Scenario } from "../harness/scenario.ts";
import { summarize } from "../harness/statistics.ts";
import { startSubject } from "../harness/subject.ts";

const CALLS = 300;

/** After so many V8 has compiled what is called often, as with the load on a server. */
const WARM_UP_CALLS = 5_000;

export const chainScenario: Scenario = {
  name: "chain",
  title: "one call to a provider: through the chain, and by undici alone",
  needs: [],
  prepare: async (bench) => {
    const url = await startSpace(bench);
    const callChain = createChainCall(bench, url);
    const callBare = () => callSpace(url);
    const differenceUs = async (): Promise<number> => {
      const [chain, bare] = [await timeCalls(callChain), await timeCalls(callBare)];
      return chain - bare;
    };
    const contestants: Contestant[] = [
      { name: "chain", unit: "µs", ...timed(callChain) },
      { name: "undici and JSON.parse", unit: "µs", isBaseline: true, ...timed(callBare) },
      { name: "what the chain adds", unit: "µs more", measure: differenceUs },
    ];
    return contestants;
  },
};

/** A Hugging Face Space with one answer. */
async function startSpace(bench: Bench): Promise<string> {
  const file = join(bench.folder, "space.json");
  await writeFile(file, JSON.stringify({ report: JSON.stringify(sampleContent()) }));
  const { hello } = await startSubject(bench, "raw-http", ["", file]);
  return `http://127.0.0.1:${(hello as { readonly port: number }).port}`;
}

function createChainCall(bench: Bench, url: string): () => Promise<unknown> {
  const client = createHttpClient();
  bench.endLater(() => client.close());
  const ignore = () => undefined;
  const clock = systemClock;
  const chain = createProviderChain({
    providers: createProviders([{ name: "hf-space", url }], { ...client, clock }),
    clock,
    pacer: createLocalPacer(clock),
    random: Math.random,
    tracing: noTracing,
    maxAttempts: 1,
    maxCooldownWaitMs: 0,
    backoff: { baseMs: 0, maxMs: 0 },
    breaker: defaultSettings.circuit,
    news: { onCircuit: ignore, onAttempt: ignore, onKeyRefused: ignore },
  });
  const never = new AbortController().signal;
  const options = { observe: () => Promise.resolve(), signal: never, deadline: never };
  return async () => {
    if ((await chain.run(sampleRequest(), options)) === undefined)
      throw new Error("the chain brought no report");
  };
}

async function callSpace(url: string): Promise<unknown> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  const body = JSON.stringify({ prompt: sampleRequest().message });
  const answer = await request(`${url}/api/infer`, { method: "POST", headers, body });
  return JSON.parse(await answer.body.text());
}

function timed(call: () => Promise<unknown>): Pick<Contestant, "warmUp" | "measure"> {
  return { warmUp: () => timeCalls(call, WARM_UP_CALLS), measure: () => timeCalls(call) };
}

async function timeCalls(call: () => Promise<unknown>, count = CALLS): Promise<number> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAtMs = performance.now();
    await call();
    times.push((performance.now() - startedAtMs) * 1_000);
  }
  return summarize(times).median;
}
