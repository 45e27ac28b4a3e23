import { getEventListeners } from "node:events";
import { describe, expect, it } from "@jest/globals";
import { unlessAborted } from "../../../src/engines/redis/unless-aborted.ts";

const REASON = new Error("it is over");
const endless = (): Promise<never> => new Promise(() => undefined);

describe("unlessAborted", () => {
  it("hands on what the work comes to, and leaves nothing with the signal", async () => {
    const { signal } = new AbortController();
    for (let count = 0; count < 3; count += 1) {
      expect(await unlessAborted(Promise.resolve(count), signal)).toBe(count);
      await expect(unlessAborted(Promise.reject(REASON), signal)).rejects.toBe(REASON);
    }
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("rejects with the signal's reason while the work goes on", async () => {
    const controller = new AbortController();
    const left = unlessAborted(endless(), controller.signal);
    controller.abort(REASON);
    await expect(left).rejects.toBe(REASON);
    await expect(unlessAborted(endless(), controller.signal)).rejects.toBe(REASON);
  });
});
