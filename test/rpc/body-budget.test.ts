import { describe, expect, it } from "@jest/globals";
import { createBodyBudget } from "../../src/rpc/limits/body-budget.ts";

const chunk = (bytes: number): Uint8Array => new Uint8Array(bytes);

describe("a share of the memory for bodies", () => {
  it("that is released may be taken again", () => {
    const share = createBodyBudget(1_000).open();
    share.takeUpTo(1_000);
    expect(() => share.takeChunk(chunk(1))).toThrow("too many large requests");
    share.release();
    share.takeUpTo(1_000);
  });

  it("that has ended takes nothing from others, though its message is still being read", () => {
    const budget = createBodyBudget(1_000);
    const ended = budget.open();
    ended.takeChunk(chunk(100));
    ended.end();
    expect(() => ended.takeUpTo(900)).toThrow("the request is over");
    expect(() => ended.takeChunk(chunk(1))).toThrow("the request is over");
    budget.open().takeUpTo(1_000);
  });

  it("takes the bytes alone of pieces that have become one", () => {
    const budget = createBodyBudget(10_000);
    const share = budget.open();
    for (let piece = 0; piece < 20; piece += 1) share.takeChunk(chunk(10));
    share.join();
    share.join();
    expect(() => budget.open().takeUpTo(9_801)).toThrow("too many large requests");
    budget.open().takeUpTo(9_800);
    share.release();
    budget.open().takeUpTo(200);
  });

  it("takes more for a piece than its bytes", () => {
    const share = createBodyBudget(10_000).open();
    for (let piece = 0; piece < 20; piece += 1) share.takeChunk(chunk(1));
    expect(() => [1, 2, 3, 4, 5].forEach(() => share.takeChunk(chunk(1)))).toThrow("too many large requests");
  });
});
