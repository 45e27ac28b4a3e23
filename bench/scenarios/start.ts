import { startRedis } from "../harness/redis-process.ts";
import type { Scenario } from "../harness/scenario.ts";
import { startStepper } from "../harness/stepper-process.ts";
import { timeEmptyNode } from "../harness/time-node.ts";

const UNIT = "ms";

export const startScenario: Scenario = {
  name: "start",
  title: "from the start of the process to the first answer of /readyz",
  needs: ["redis-server"],
  prepare: async (bench) => {
    const redis = { REDIS_URL: await startRedis(bench) };
    const measure = async (environment: Readonly<Record<string, string>>): Promise<number> => {
      const { readyMs, stop } = await startStepper(bench, environment);
      await stop();
      return readyMs;
    };
    const vendor = { GEMINI_ENABLED: "true", GEMINI_API_KEY: "none" };
    return [
      { name: "memory, no provider", unit: UNIT, measure: () => measure({}) },
      { name: "memory, one vendor", unit: UNIT, measure: () => measure(vendor) },
      { name: "Redis, one vendor", unit: UNIT, measure: () => measure({ ...vendor, ...redis }) },
      { name: "node", unit: UNIT, isBaseline: true, measure: () => timeEmptyNode() },
    ];
  },
};
