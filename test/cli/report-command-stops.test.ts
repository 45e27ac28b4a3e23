import { describe, expect, it } from "@jest/globals";
import { Interrupted } from "../../src/cli/command-error.ts";
import { closedPipe, createCapture } from "./capture.ts";
import { createDeferred } from "./deferred.ts";
import { answerWithMessage, createHarness, useHistories } from "./report-harness.ts";

const createHistory = useHistories();

describe("stepper report, when it has to stop", () => {
  it("stops at once when interrupted: the work is aborted, the JSON closed, the source closed", async () => {
    const { repository } = createHistory("zero", "one", "two");
    const harness = createHarness(repository, (input, context) => {
      if (input.message === "one") return answerWithMessage(input, context);
      return new Promise((_, reject) => {
        context.signal.addEventListener("abort", () => reject(context.signal.reason as Error));
        harness.stop.abort(new Interrupted(130));
      });
    });
    const stdout = createCapture();
    await expect(harness.run(["HEAD~2..HEAD", "--json"], stdout)).rejects.toBeInstanceOf(Interrupted);
    expect(() => JSON.parse(stdout.text()) as unknown).not.toThrow();
    expect(harness.stderr.text()).toBe("");
    expect(harness.state.closed).toBe(1);
  });

  it("gives up the reports that are still being made once nobody reads any more", async () => {
    const { repository } = createHistory("zero", "one", "two");
    const aborted: string[] = [];
    const second = createDeferred();
    const { run, state } = createHarness(repository, async (input, context) => {
      if (input.message === "one") return second.promise.then(() => answerWithMessage(input, context));
      second.resolve(undefined);
      return new Promise((_, reject) => {
        context.signal.addEventListener("abort", () => {
          aborted.push(input.message);
          reject(context.signal.reason as Error);
        });
      });
    });
    const closed = createCapture({
      onWrite: () => {
        throw closedPipe();
      },
    });
    await expect(run(["HEAD~2..HEAD"], closed)).rejects.toThrow("EPIPE");
    expect(state.closed).toBe(1);
    expect(aborted).toEqual(["two"]);
  });
});
