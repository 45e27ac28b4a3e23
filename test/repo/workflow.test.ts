import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly "timeout-minutes": number;
  readonly strategy: { readonly matrix: { readonly node: readonly number[] } };
  readonly steps: readonly { readonly uses?: string; readonly run?: string }[];
}

const text = readFileSync(new URL("../../.github/workflows/ci.yml", import.meta.url), "utf8");
const { permissions, jobs } = parse(text) as Workflow;

describe("the workflow", () => {
  it("runs .ci/run on every Node that is promised", () => {
    expect(jobs.check?.strategy.matrix.node).toEqual([20, 22, 24]);
    expect(jobs.check?.steps.at(-1)?.run).toMatch(/ bash \.ci\/run$/);
  });

  it("may read, and no more, and not for ever", () => {
    expect(permissions).toEqual({ contents: "read" });
    for (const job of Object.values(jobs)) expect(job["timeout-minutes"]).toBeGreaterThan(0);
  });

  it("names the major version of each action", () => {
    const actions = Object.values(jobs).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
    expect(actions.filter((action) => !/^actions\/[a-z-]+@v\d+$/.test(action))).toEqual([]);
  });
});
