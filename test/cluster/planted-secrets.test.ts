import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it } from "@jest/globals";
import type { RedisClient } from "../../src/engines/redis/connections.ts";
import { word } from "../redaction/made-secrets.ts";
import { SECRETS } from "../redaction/secrets.ts";
import { createDeferred } from "../support/deferred.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { watchAt } from "./follow-job.ts";

/** Processes take seconds to start on a busy machine. */
const TIMEOUT_MS = 30_000;

/** One that the model makes up, and one in each place where a caller can put one. */
const INVENTED = `glpat-${word(20, "invented")}`;
const IN_MESSAGE = `ghp_${word(36, "message")}`;
const IN_FILE = `npm_${word(36, "file")}`;
const IN_TEMPLATE = `hf_${word(34, "template")}`;
const IN_COMMIT = `glpat-${word(20, "commit")}`;
const IN_REPO = `sk_live_${word(24, "repo")}`;

/** A model that keeps what it is told, and writes a secret into its report once it may. */
async function startTalkativeModel() {
  const bodies: string[] = [];
  const asked = createDeferred();
  const released = createDeferred();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.once("end", () => void answer());
    const answer = async (): Promise<void> => {
      bodies.push(body);
      asked.resolve();
      await released.promise;
      const content = JSON.stringify(sampleContent({ rationale: `They rotated ${INVENTED}.` }));
      const message = { role: "assistant", content };
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify({ id: "1", model: "m", choices: [{ index: 0, message, finish_reason: "stop" }] }),
      );
    };
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/v1`;
  return { bodies, url, asked: asked.promise, release: released.resolve, close: () => server.close() };
}

/** Every value under a prefix, as text. */
async function readAll(redis: RedisClient, prefix: string): Promise<string> {
  const values = [];
  for (const key of await redis.keys(`*${prefix}*`)) values.push(key, await readValue(redis, key));
  return JSON.stringify(values);
}

async function readValue(redis: RedisClient, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case "string":
      return redis.get(key);
    case "hash":
      return redis.hgetall(key);
    case "list":
      return redis.lrange(key, 0, -1);
    case "zset":
      return redis.zrange(key, 0, -1);
    case "stream":
      return redis.xrange(key, "-", "+");
    default:
      return redis.smembers(key);
  }
}

await describeWithRedis("planted secrets", ({ url }) => {
  let fleet: Fleet;
  let model: Awaited<ReturnType<typeof startTalkativeModel>>;

  beforeEach(async () => {
    model = await startTalkativeModel();
    fleet = openFleet(url, {
      LOG_LEVEL: "trace",
      OPENAI_COMPATIBLE_ENABLED: "true",
      OPENAI_COMPATIBLE_URL: model.url,
      OPENAI_COMPATIBLE_MODEL: "m",
    });
  });
  afterEach(async () => {
    await fleet.close();
    model.close();
  });

  it(
    "are found nowhere behind the door: not in Redis, logs, job logs, prompts, metrics or reports",
    async () => {
      const replica = await fleet.start("all");
      const { jobId } = await replica.client.enqueue({
        ...sampleInput({ diffSummary: SECRETS.map(({ line }) => line).join("\n"), files: [`a/${IN_FILE}`] }),
        commitSha: IN_COMMIT,
        repo: `acme/${IN_REPO}`,
        message: `fix: take ${IN_MESSAGE} out`,
        template: `Never write ${IN_TEMPLATE}`,
      });
      await model.asked;
      const meanwhile = await readAll(fleet.redis, fleet.prefix);
      model.release();
      const { events } = await watchAt(replica.client, jobId);
      expect(events.at(-1)?.[1]).toBe("completed");
      const job = await (await fetch(`${replica.url}/v1/reports/${jobId}`)).text();
      expect(job).toContain("They rotated [REDACTED:gitlab-token:1].");
      const places = {
        "redis while it runs": meanwhile,
        "redis after it": await readAll(fleet.redis, fleet.prefix),
        prompts: model.bodies.join("\n"),
        report: job,
        log: replica.output(),
        metrics: await (await fetch(`${replica.url}/metrics`)).text(),
      };
      // What is looked through is where they would be.
      expect(meanwhile).toContain("REDACTED:github-token:1");
      expect(places.prompts).toContain("REDACTED:github-token:1");
      expect(places.log).toContain("job ended");
      expect(places.metrics).toContain(
        'ai_requests_total{provider="openai-compatible",status="succeeded"} 1',
      );
      const lines = SECRETS.flatMap(({ secret }) => secret.split("\n")).filter((line) => line.length > 5);
      const secrets = [INVENTED, IN_MESSAGE, IN_FILE, IN_TEMPLATE, IN_COMMIT, IN_REPO, ...lines].filter(
        (line) => !/^.?-----/.test(line),
      );
      for (const [place, text] of Object.entries(places)) {
        expect([place, secrets.filter((secret) => text.includes(secret))]).toEqual([place, []]);
      }
    },
    TIMEOUT_MS,
  );
});
