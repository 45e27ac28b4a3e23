import { describe, expect, it } from "@jest/globals";
import { mapInOrder } from "../../src/cli/map-in-order.ts";
import { createDeferred } from "./deferred.ts";

/** Work that ends when the test says so, be it before it starts. */
function createWork(...items: string[]) {
  const started: string[] = [];
  const endings = new Map(items.map((item) => [item, createDeferred<string>()]));
  const run = (item: string) => {
    started.push(item);
    return endings.get(item)?.promise ?? Promise.reject(new Error("unknown item"));
  };
  return {
    started,
    outcomes: (limit: number) => mapInOrder(items, limit, run),
    finish: (item: string) => endings.get(item)?.resolve(item.toUpperCase()),
    fail: (item: string) => endings.get(item)?.reject(new Error(item)),
  };
}

describe("mapInOrder", () => {
  it("yields in order, however the work ends", async () => {
    const work = createWork("a", "b");
    const outcomes = work.outcomes(2);
    const first = outcomes.next();
    work.finish("b");
    work.finish("a");
    expect((await first).value).toEqual({ item: "a", result: "A" });
    expect((await outcomes.next()).value).toEqual({ item: "b", result: "B" });
    expect((await outcomes.next()).done).toBe(true);
  });

  it("runs no more than the limit at a time, and all that it may", async () => {
    const work = createWork("a", "b", "c", "d");
    const outcomes = work.outcomes(2);
    const first = outcomes.next();
    work.finish("a");
    await first;
    expect(work.started).toEqual(["a", "b", "c"]);
    const rest = [outcomes.next(), outcomes.next(), outcomes.next()];
    work.finish("b");
    await rest[0];
    work.finish("c");
    work.finish("d");
    expect((await rest[2])?.value).toEqual({ item: "d", result: "D" });
  });

  it("yields a failure in its place and goes on", async () => {
    const work = createWork("a", "b");
    const outcomes = work.outcomes(1);
    const first = outcomes.next();
    work.fail("a");
    expect((await first).value).toEqual({ item: "a", failure: new Error("a") });
    work.finish("b");
    expect((await outcomes.next()).value).toEqual({ item: "b", result: "B" });
  });
});
