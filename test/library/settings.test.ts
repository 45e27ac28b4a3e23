import { describe, expect, it } from "@jest/globals";
import { InvalidArgumentError } from "../../src/core/errors.ts";
import { defaultSettings, toStepperSettings } from "../../src/stepper-settings.ts";
import { runJob, useSteppers } from "./use-steppers.ts";

const createStepper = useSteppers();

/** What is wrong with options; empty when a stepper can be made of them. */
function violationsOf(options: object): readonly unknown[] {
  try {
    createStepper(options);
    return [];
  } catch (error) {
    if (error instanceof InvalidArgumentError) return error.fields;
    throw error;
  }
}

const answerNothing = (): null => null;
const numbers = Object.entries(defaultSettings).flatMap(([name, value]) =>
  typeof value === "number" ? [name] : [],
);

describe("createStepper", () => {
  it("takes what is undefined for left out", async () => {
    const unset = Object.fromEntries(Object.keys(defaultSettings).map((name) => [name, undefined]));
    expect(toStepperSettings(unset)).toEqual(defaultSettings);
    await runJob(createStepper({ ...unset, logger: undefined }));
  });

  it.each(numbers)("refuses a %s that would stop work, or run it at once and for ever", (name) => {
    for (const value of [-1, 0.5, NaN, Infinity, "5", null]) {
      expect(violationsOf({ [name]: value })).toEqual([
        { field: name, description: expect.stringMatching(/^must be a whole number /) },
      ]);
    }
  });

  it.each([
    "concurrency",
    "maxWaiting",
    "maxRuns",
    "jobTimeoutMs",
    "heartbeatMs",
    "reportTtlMs",
    "retentionMs",
  ])("refuses a %s of 0", (name) => {
    expect(violationsOf({ [name]: 0 })).toMatchObject([{ field: name }]);
  });

  it.each(["retryDelayMs", "maxRetryDelayMs", "jobTimeoutMs", "heartbeatMs"])(
    "refuses a %s that no timer can wait for",
    (name) => {
      expect(violationsOf({ [name]: 2_147_483_647 })).toEqual([]);
      expect(violationsOf({ [name]: 2_147_483_648 })).toMatchObject([{ field: name }]);
    },
  );

  it.each([
    ["a list that is none", "gemini", "providers"],
    ["a name alone", ["gemini"], "providers[0]"],
    ["nothing", [null], "providers[0]"],
    ["a vendor it does not know", [{ name: "gemni" }], "providers[0].name"],
    ["an adapter without a name", [{ call: answerNothing }], "providers[0].name"],
    ["an adapter with an empty name", [{ name: " ", call: answerNothing }], "providers[0].name"],
    ["an adapter that can't be called", [{ name: "one", call: "call me" }], "providers[0].call"],
  ])("refuses as providers %s", (_, providers, field) => {
    expect(violationsOf({ providers })).toMatchObject([{ field }]);
  });

  it("names everything that is wrong at once", () => {
    const fields = violationsOf({ concurrency: 0, staleWhileRevalidate: "yes", providers: [{ name: "x" }] });
    expect(fields).toMatchObject([
      { field: "providers[0].name" },
      { field: "staleWhileRevalidate", description: "must be true or false" },
      { field: "concurrency" },
    ]);
  });
});
