import { afterEach, beforeEach, expect, it } from "@jest/globals";
import { sampleInput } from "../support/samples.ts";
import { startDiscordServer } from "../support/discord-server.ts";
import type { DiscordServer } from "../support/discord-server.ts";
import { startFaultServer } from "../support/fault-server.ts";
import type { FaultServer } from "../support/fault-server.ts";
import { describeWithRedis } from "../support/redis-server.ts";
import { openFleet } from "./fleet.ts";
import type { Fleet } from "./fleet.ts";
import { watchToEnd } from "./watch-to-end.ts";

/** Processes take seconds to start on a busy machine. */
const TIMEOUT_MS = 60_000;
const JOBS = 6;

await describeWithRedis(
  "alerts of many processes",
  (server) => {
    let discord: DiscordServer;
    let provider: FaultServer;
    let fleet: Fleet;

    beforeEach(async () => {
      discord = await startDiscordServer();
      provider = await startFaultServer({ script: "400, ..." });
      fleet = openFleet(server.url, { ...provider.environment, DISCORD_WEBHOOK_URL: discord.webhookUrl });
    });
    afterEach(async () => {
      await fleet.close();
      await provider.close();
      await discord.close();
    });

    it(
      "are one for a trouble that all of them see, and tell of a Redis that goes and comes back",
      async () => {
        const { client } = await fleet.start("api", { DISCORD_WEBHOOK_URL: "" });
        await Promise.all([fleet.start("worker"), fleet.start("worker")]);
        const jobs = Array.from({ length: JOBS }, async (_, index) => {
          const { jobId } = await client.enqueue(sampleInput({ commitSha: `commit-${index}` }));
          return watchToEnd(client, jobId);
        });
        await Promise.all(jobs);
        await server.kill();
        // Without Redis nobody knows of the other.
        await discord.received(3);
        await server.restart();
        const titles = (await discord.received(4)).map(({ embeds: [{ title }] }) => title);
        expect(titles).toEqual([
          "No provider wrote a report",
          "Redis does not answer",
          "Redis does not answer",
          "Redis answers again",
        ]);
      },
      TIMEOUT_MS,
    );
  },
  { own: true },
);
