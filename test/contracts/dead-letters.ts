import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import type { DeadLetter, DeadLetters } from "../../src/core/ports.ts";
import { queuedJob } from "../support/samples.ts";

/** Dead letters under test; they must have been built with this retention. */
export interface DeadLettersUnderTest {
  readonly deadLetters: DeadLetters;
  readonly retentionMs: number;
  readonly passTime: (ms: number) => Promise<void>;
}

function letter(jobId: string, message = "the report could not be made"): DeadLetter {
  return { job: queuedJob(jobId), error: { kind: "internal", message }, failedAtMs: 1_700_000_000_000 };
}

/** What every engine must do with jobs that failed for good. */
export function describeDeadLettersContract(name: string, create: () => Promise<DeadLettersUnderTest>): void {
  describe(`${name} as a keeper of dead letters`, () => {
    let deadLetters: DeadLetters;
    let underTest: DeadLettersUnderTest;

    beforeEach(async () => {
      underTest = await create();
      ({ deadLetters } = underTest);
    });
    afterEach(() => deadLetters.close());

    const ids = async (limit = 10): Promise<readonly string[]> =>
      (await deadLetters.list(limit)).map(({ job }) => job.jobId);

    it("has none at first", async () => {
      expect(await deadLetters.list(10)).toEqual([]);
      expect(await deadLetters.find("a")).toBeUndefined();
    });

    it("gives a letter back as it was", async () => {
      await deadLetters.add(letter("a"));
      expect(await deadLetters.find("a")).toEqual(letter("a"));
      expect(await deadLetters.list(10)).toEqual([letter("a")]);
    });

    it("lists the latest first, and no more than asked for", async () => {
      for (const id of ["a", "b", "c"]) {
        await deadLetters.add(letter(id));
        await underTest.passTime(10);
      }
      expect(await ids()).toEqual(["c", "b", "a"]);
      expect(await ids(2)).toEqual(["c", "b"]);
    });

    it("keeps one letter of a job that is added twice", async () => {
      await deadLetters.add(letter("a", "first"));
      await deadLetters.add(letter("a", "second"));
      expect(await deadLetters.list(10)).toEqual([letter("a", "second")]);
    });

    it("forgets a letter that is removed, and nothing else", async () => {
      await deadLetters.add(letter("a"));
      await deadLetters.add(letter("b"));
      await deadLetters.remove("a");
      await deadLetters.remove("never");
      expect(await deadLetters.find("a")).toBeUndefined();
      expect(await ids()).toEqual(["b"]);
    });

    it("forgets a letter after its retention, and not before", async () => {
      await deadLetters.add(letter("a"));
      await underTest.passTime(underTest.retentionMs - 1_000);
      expect(await ids()).toEqual(["a"]);
      await underTest.passTime(1_001);
      expect(await deadLetters.find("a")).toBeUndefined();
      expect(await ids()).toEqual([]);
    });
  });
}
