import { describe, expect, it } from "@jest/globals";
import type { ReportEvent } from "../../src/cli/report-source.ts";
import { createServerSource } from "../../src/cli/server-source.ts";
import { RequestError } from "../../src/core/errors.ts";
import { createReportClient } from "../../src/rpc/report-client.ts";
import { aReport } from "./a-report.ts";
import { completed, untilAborted, useReportServers, watched } from "./report-server.ts";
import {
  INPUT,
  TIME,
  ask,
  createClient,
  createClock,
  cutAfter,
  done,
  started,
} from "./fake-report-client.ts";
import type { Watch } from "./fake-report-client.ts";

const startServer = useReportServers();

describe("a server source", () => {
  it("answers with a report that the server knows", async () => {
    const answer = { report: aReport(), cached: true, stale: true };
    const client = { ...createClient().client, enqueue: () => Promise.resolve(answer) };
    expect(await ask(client).report).toEqual(answer);
  });

  it("resumes behind the last event when a real connection is cut, and misses and repeats nothing", async () => {
    const asked: number[] = [];
    const server = await startServer({
      enqueue: () => ({ jobId: "job-1" }),
      async *watchJob({ afterSeq }, { signal }) {
        asked.push(Number(afterSeq));
        if (afterSeq === 0n) {
          yield watched(1, { case: "queued", value: { $typeName: "stepper.v1.JobQueued" } });
          yield watched(2, { case: "started", value: { $typeName: "stepper.v1.JobStarted", run: 1 } });
          await untilAborted(signal);
        }
        yield completed(3);
      },
    });
    const events: ReportEvent[] = [];
    const { clock } = createClock();
    const source = createServerSource({ client: createReportClient(server.url), clock, random: () => 0 });
    const onEvent = (event: ReportEvent) => {
      events.push(event);
      if (event.type === "started") server.cutConnections();
    };
    const sourced = await source.report(INPUT, { signal: new AbortController().signal, onEvent });
    expect(sourced).toEqual({ report: aReport(), cached: false, stale: false });
    expect(asked).toEqual([0, 2]);
    expect(events.map(({ type }) => type)).toEqual(["queued", "started", "retrying", "completed"]);
  });

  it("waits longer after each failure in a row, up to ten seconds, and then gives up", async () => {
    const { client, afterSeqs } = createClient(() => cutAfter());
    const { clock, slept } = createClock();
    await expect(ask(client, { clock }).report).rejects.toThrow("lost");
    expect(slept).toEqual([250, 500, 1_000, 2_000, 4_000, 5_000, 5_000]);
    expect(afterSeqs).toHaveLength(8);
  });

  it("begins to count anew once an event has come", async () => {
    const cuts = Array.from({ length: 20 }, (_, index) => () => cutAfter(started(index + 1)));
    const { client } = createClient(...cuts, () => [done(21)]);
    const { clock, slept } = createClock();
    await ask(client, { clock }).report;
    expect(slept).toEqual(cuts.map(() => 250));
  });

  it("goes on when a stream ends before its job does", async () => {
    const { client, afterSeqs } = createClient(
      () => [started(1)],
      () => [done(2)],
    );
    await ask(client).report;
    expect(afterSeqs).toEqual([0, 1]);
  });

  it("takes a connection that has gone silent for dead", async () => {
    const { clock, endSilence } = createClock();
    const abandoned: boolean[] = [];
    const watch: Watch = async function* (_, afterSeq, signal) {
      if (afterSeq === 1) {
        yield done(2);
        return;
      }
      yield started(1);
      signal.addEventListener("abort", () => abandoned.push(true));
      setImmediate(endSilence);
      await new Promise(() => undefined);
    };
    const { report, events } = ask({ ...createClient().client, watch }, { clock });
    expect((await report).report).toEqual(aReport());
    expect(abandoned).toEqual([true]);
    expect(events[1]).toMatchObject({ type: "retrying", reason: "the server has gone silent" });
  });

  it("asks again when the server has forgotten the job, but not for ever", async () => {
    const forget = () => {
      throw new RequestError("not_found", "no such job");
    };
    const { client, afterSeqs } = createClient(forget, () => [done(1)]);
    expect((await ask(client).report).report).toEqual(aReport());
    expect(afterSeqs).toEqual([0, 0]);
    const hopeless = createClient(forget);
    await expect(ask(hopeless.client).report).rejects.toThrow("no such job");
    expect(hopeless.afterSeqs).toHaveLength(3);
  });

  it("fails as the job failed", async () => {
    const { client } = createClient(() => [
      { type: "failed", error: { kind: "internal", message: "too slow" }, seq: 1, time: TIME },
    ]);
    await expect(ask(client).report).rejects.toThrow("the job failed: too slow");
  });
});
