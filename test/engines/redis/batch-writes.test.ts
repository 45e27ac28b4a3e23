import { expect, it } from "@jest/globals";
import { connect, disconnect } from "../../../src/engines/redis/connections.ts";
import type { Redis } from "ioredis";
import { settle } from "../../support/manual-clock.ts";
import { describeWithRedis } from "../../support/redis-server.ts";

await describeWithRedis("commands of one turn", ({ url }) => {
  it("are written together at its end, and answered one by one, also after a new connection", async () => {
    const client = connect(url) as Redis;
    try {
      await client.ping();
      for (const round of ["first", "second"]) {
        const { stream } = client;
        const answers = Promise.allSettled([client.echo(round), client.call("NO-COMMAND"), client.echo("3")]);
        expect(stream.writableCorked).toBe(1);
        await settle();
        expect(stream.writableCorked).toBe(0);
        expect(await answers).toMatchObject([{ value: round }, { status: "rejected" }, { value: "3" }]);
        const isAnew = new Promise((resolve) => client.once("ready", resolve));
        client.disconnect(true);
        await isAnew;
      }
    } finally {
      await disconnect(client, 500);
    }
  });
});
