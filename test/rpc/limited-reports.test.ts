import { describe, expect, it } from "@jest/globals";
import type { Reports } from "../../src/core/reports.ts";
import { limitReports } from "../../src/rpc/admission/limited-reports.ts";
import { createBodyBudget } from "../../src/rpc/limits/body-budget.ts";
import type { RequestContext } from "../../src/rpc/request-context.ts";

/** Every watch says one thing, and then waits until it is left. */
const reports: Pick<Reports, "enqueue" | "watch"> = {
  enqueue: () => Promise.reject(new Error("nobody asks for a report here")),
  async *watch() {
    yield Promise.resolve({ type: "heartbeat" as const, time: "2026-01-01T00:00:00.000Z" });
    yield Promise.resolve({ type: "heartbeat" as const, time: "2026-01-01T00:00:01.000Z" });
  },
};

function contextOf(tenant: string): RequestContext {
  const body = createBodyBudget(0).open();
  return {
    requestId: "a",
    peer: "127.0.0.1",
    tenant,
    traceparent: undefined,
    log: () => undefined,
    isGone: () => false,
    hasDeadline: false,
    messageRead: () => undefined,
    body,
    count: () => undefined,
    countUser: () => Promise.resolve(),
  };
}

describe("the streams of a tenant", () => {
  it("are as many as may be, each tenant's for itself, and one that is left makes room", async () => {
    const limited = limitReports(reports, 2);
    const watch = (tenant: string) => limited.watch(contextOf(tenant), "job", {});
    const [first, second, third] = [watch("acme"), watch("acme"), watch("acme")];
    await first.next();
    await second.next();
    await expect(third.next()).rejects.toMatchObject({ kind: "rate_limited", retryAfterMs: 5_000 });
    expect((await watch("other").next()).done).toBe(false);
    await first.return();
    expect((await watch("acme").next()).done).toBe(false);
    await expect(watch("acme").next()).rejects.toMatchObject({ kind: "rate_limited" });
  });

  it("free their places also when they end by themselves", async () => {
    const limited = limitReports(reports, 1);
    for (let stream = 0; stream < 3; stream += 1) {
      const seen = [];
      for await (const event of limited.watch(contextOf("acme"), "job", {})) seen.push(event);
      expect(seen).toHaveLength(2);
    }
  });
});
