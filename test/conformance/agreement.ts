import { expect, jest } from "@jest/globals";
import { Call } from "../../src/rpc/fast-calls/call.ts";
import { settle } from "../support/manual-clock.ts";
import type { TwoWays, Way } from "./two-ways.ts";

/** What both ways have in common, and how the fast server came to it. */
export interface Agreement<Answer> {
  readonly answer: Answer;
  /** As the log has it, of each request. */
  readonly codes: readonly unknown[];
  /** How many calls Connect has not seen. */
  readonly fastCalls: number;
}

/** Plays the same against both servers, one after the other, and expects that nobody could tell them apart. */
export async function expectAgreement<Answer>(
  { fast, connect }: TwoWays,
  play: (way: Way) => Promise<Answer>,
  requests = 1,
): Promise<Agreement<Answer>> {
  // Every call that is answered the fast way ends so, and no other.
  const ends = jest.spyOn(Call.prototype, "end");
  try {
    const byConnect = await observe(connect, play, requests);
    expect(ends).not.toHaveBeenCalled();
    const byFast = await observe(fast, play, requests);
    expect(byFast).toEqual(byConnect);
    const codes = byFast.told.map(({ line }) => line.code);
    return { answer: byFast.answer, codes, fastCalls: ends.mock.calls.length };
  } finally {
    ends.mockRestore();
  }
}

async function observe<Answer>(way: Way, play: (way: Way) => Promise<Answer>, requests: number) {
  const before = (await way.told.passed(0)).length;
  const answer = await play(way);
  const told = (await way.told.passed(before + requests)).slice(before);
  // What is done after the line has been written takes no time.
  await settle();
  return { answer, told };
}
