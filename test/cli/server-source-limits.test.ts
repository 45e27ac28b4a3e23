import { describe, expect, it } from "@jest/globals";
import { RequestError } from "../../src/core/errors.ts";
import type { Clock } from "../../src/core/ports.ts";
import { aReport } from "./a-report.ts";
import { ask, createClient, createClock, done } from "./fake-report-client.ts";

describe("a server at its limit", () => {
  function refuse(retryAfterMs: number, times: number) {
    const { client } = createClient(() => [done(1)]);
    let refusals = 0;
    const enqueue = () =>
      ++refusals > times
        ? Promise.resolve({ jobId: "job-1" })
        : Promise.reject(new RequestError("rate_limited", "at its limit", { retryAfterMs }));
    return { ...client, enqueue };
  }

  it("is waited for as long as it asks, with some jitter, up to a minute", async () => {
    const { clock, slept } = createClock();
    const { report, events } = ask(refuse(30_000, 1), { clock });
    expect((await report).report).toEqual(aReport());
    expect(slept).toEqual([30_250]);
    expect(events[0]).toEqual({ type: "retrying", reason: "at its limit", delayMs: 30_250 });
  });

  it("is not waited for longer than a minute, nor again and again", async () => {
    const { clock, slept } = createClock();
    await expect(ask(refuse(61_000, 1), { clock }).report).rejects.toThrow("at its limit");
    expect(slept).toEqual([]);
    await expect(ask(refuse(1_000, 99), { clock }).report).rejects.toThrow("at its limit");
    expect(slept).toHaveLength(3);
  });

  it("is not asked again when it refused for good", async () => {
    const { clock, slept } = createClock();
    const enqueue = () => Promise.reject(new RequestError("unauthenticated", "no key"));
    await expect(ask({ ...createClient().client, enqueue }, { clock }).report).rejects.toThrow("no key");
    expect(slept).toEqual([]);
  });

  it("is left alone as soon as the user stops", async () => {
    const stop = new AbortController();
    const { clock } = createClock();
    const sleep: Clock["sleep"] = (_, signal) => {
      stop.abort(new Error("enough"));
      return signal.aborted ? Promise.resolve() : new Promise(() => undefined);
    };
    const { report } = ask(refuse(1_000, 1), { clock: { ...clock, sleep }, signal: stop.signal });
    await expect(report).rejects.toThrow("enough");
  });
});
