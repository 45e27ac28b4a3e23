import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { JobStatus } from "../../../gen/stepper/v1/report_service_pb.ts";
import { openFleet } from "../../cluster/fleet.ts";
import type { Fleet } from "../../cluster/fleet.ts";
import { watchAt } from "../../cluster/follow-job.ts";
import { startModelServer } from "../../support/model-server.ts";
import type { ModelServer } from "../../support/model-server.ts";
import { describeWithRedis } from "../../support/redis-server.ts";
import { sampleInput } from "../../support/samples.ts";
import { startRedis, startRedisCluster } from "./redis-process.ts";

const TIMEOUT_MS = 30_000;

interface Place {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A Redis that speaks TLS only, with a certificate of its own making. */
async function startTlsRedis(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-tls-"));
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const elliptic = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"];
  const files = ["-keyout", key, "-out", certificate];
  await promisify(execFile)("openssl", ["req", "-x509", ...elliptic, ...files, ...subject]);
  const redis = await startRedis((port) => ({
    port: "0",
    "tls-port": String(port),
    "tls-cert-file": certificate,
    "tls-key-file": key,
    "tls-ca-cert-file": certificate,
    "tls-auth-clients": "no",
  }));
  return {
    url: `rediss://127.0.0.1:${redis.port}`,
    environment: { NODE_EXTRA_CA_CERTS: certificate },
    close: async () => {
      await redis.close();
      await rm(folder, { recursive: true });
    },
  };
}

const startCluster = async (): Promise<Place> => ({ ...(await startRedisCluster()), environment: {} });

// It asks for a Redis only to be skipped, and to say so, where there is none.
await describeWithRedis("a Redis with TLS, and a cluster", () => {
  describe.each([
    ["a Redis with TLS", startTlsRedis],
    ["a cluster of two nodes", startCluster],
  ])("two processes on %s", (_, start) => {
    let place: Place;
    let model: ModelServer;
    let fleet: Fleet;

    beforeAll(async () => {
      place = await start();
      model = await startModelServer();
      // No heartbeat in the test's time: what wakes a watcher is a doorbell, or nothing.
      const environment = { ...model.environment, ...place.environment, WATCH_HEARTBEAT_MS: "600000" };
      fleet = openFleet(place.url, environment);
    }, TIMEOUT_MS);
    afterAll(async () => {
      await fleet.close();
      await model.close();
      await place.close();
    });

    it(
      "take a commit, watch its job, answer from the cache, and stop",
      async () => {
        const api = await fleet.start("api");
        const { jobId } = await api.client.enqueue(sampleInput());
        const watched = watchAt(api.client, jobId);
        await fleet.start("worker");
        expect((await watched).events.map(([, kind]) => kind)).toEqual([
          "queued",
          "started",
          "attemptStarted",
          "completed",
        ]);
        expect((await api.client.get({ jobId })).job?.status).toBe(JobStatus.COMPLETED);
        const answers = await Promise.all(
          Array.from({ length: 100 }, () => api.client.enqueue(sampleInput())),
        );
        for (const { cached, stale } of answers) expect([cached, stale]).toEqual([true, false]);
        expect(model.calls).toHaveLength(1);
        for (const code of await fleet.stop()) expect(code).toBe(0);
      },
      TIMEOUT_MS,
    );
  });
});
