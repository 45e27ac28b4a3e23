import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ProviderError } from "../../src/core/errors.ts";
import type { ProviderErrorKind } from "../../src/core/errors.ts";
import type { ProviderAdapter } from "../../src/core/ports.ts";
import { startDiscordServer } from "../support/discord-server.ts";
import type { DiscordServer } from "../support/discord-server.ts";
import { createGate } from "../support/gate.ts";
import { sampleContent, sampleInput } from "../support/samples.ts";
import { startTestService } from "../support/test-service.ts";
import type { TestService } from "../support/test-service.ts";

let discord: DiscordServer;
let service: TestService | undefined;

beforeEach(async () => {
  discord = await startDiscordServer();
});
afterEach(async () => {
  await service?.close();
  await discord.close();
});

/** Fails with each kind in turn, then writes reports. */
function failing(name: string, ...kinds: ProviderErrorKind[]): ProviderAdapter {
  return {
    name,
    call: () => {
      const kind = kinds.shift();
      if (kind !== undefined) return Promise.reject(new ProviderError(kind, "no"));
      return Promise.resolve({ content: sampleContent(), model: "model-1" });
    },
  };
}

async function start(throttleMs: number, ...providers: readonly ProviderAdapter[]): Promise<void> {
  service = await startTestService({
    providers,
    retryDelayMs: 1,
    retryMaxAttempts: 1,
    circuit: { errorPercent: 50, minCalls: 2, windowMs: 60_000, resetMs: 1 },
    alerts: { discordWebhookUrl: discord.webhookUrl, throttleMs },
  });
}

/** Enqueues commits, and waits until each job's end has been told. */
async function runJobs(...commits: readonly string[]): Promise<void> {
  const told = createGate<string>();
  const tell = (jobId: string): void => told.pass(jobId);
  service?.wired.registerCallbacks({ onSuccess: tell, onFallback: tell });
  for (const commitSha of commits) await service?.wired.reports.enqueue("public", sampleInput({ commitSha }));
  await told.passed(commits.length);
}

async function titles(count: number): Promise<readonly string[]> {
  return (await discord.received(count)).map(({ embeds: [{ title }] }) => title);
}

describe("a channel on Discord", () => {
  it("is told of circuits, keys and fallbacks", async () => {
    await start(0, failing("first", "unavailable", "unavailable"), failing("second", "auth"));
    await runJobs("a");
    expect((await titles(2)).toSorted()).toEqual([
      "A provider refuses its key",
      "No provider wrote a report",
    ]);
    await runJobs("b");
    expect(await titles(4)).toContain("A provider's circuit has opened");
    await runJobs("c");
    expect(await titles(5)).toContain("A provider's circuit has closed again");
  });

  it("gets one message of many failing jobs", async () => {
    await start(600_000, failing("first", ..."abcdef".split("").map(() => "rejected" as const)));
    await runJobs("a", "b", "c", "d", "e");
    const [message] = await discord.received(1);
    expect(message?.embeds[0].description).toContain("Last failures: first rejected.");
    await service?.close();
    expect(await discord.received(1)).toHaveLength(1);
  });

  it("delays no job when it hangs", async () => {
    discord.answerWith("hang");
    await start(0, failing("first", "rejected", "rejected"));
    await runJobs("a", "b", "c");
    expect(await discord.received(1)).toHaveLength(1);
  });
});
