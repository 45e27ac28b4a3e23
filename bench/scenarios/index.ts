import type { Scenario } from "../harness/scenario.ts";
import { chainScenario } from "./chain.ts";
import { idleJobScenario, jobsScenario } from "./jobs.ts";
import { redactionScenario } from "./redaction.ts";
import { startScenario } from "./start.ts";
import { createUnaryScenario } from "./unary.ts";
import { watchersScenario } from "./watchers.ts";

/** All that can be measured, in the order in which it is. */
export const scenarios: readonly Scenario[] = [
  createUnaryScenario({
    name: "grpc-cached",
    title: "Enqueue answered from the cache, over gRPC",
    door: "gRPC",
    rpc: "Enqueue",
  }),
  createUnaryScenario({
    name: "grpc-cached-diff",
    title: "the same with a diff of 8 KiB",
    door: "gRPC",
    rpc: "Enqueue",
    diffBytes: 8 * 1024,
  }),
  createUnaryScenario({
    name: "grpc-get",
    title: "Get of an ended job, over gRPC",
    door: "gRPC",
    rpc: "Get",
  }),
  createUnaryScenario({
    name: "connect-cached",
    title: "Enqueue answered from the cache, over Connect with JSON",
    door: "Connect-JSON",
    rpc: "Enqueue",
  }),
  createUnaryScenario({
    name: "connect-get",
    title: "Get of an ended job, over Connect with JSON",
    door: "Connect-JSON",
    rpc: "Get",
  }),
  createUnaryScenario({
    name: "rest-cached",
    title: "the same report by REST",
    door: "REST",
    rpc: "Enqueue",
  }),
  createUnaryScenario({ name: "rest-get", title: "the same job by REST", door: "REST", rpc: "Get" }),
  jobsScenario,
  idleJobScenario,
  chainScenario,
  watchersScenario,
  startScenario,
  redactionScenario,
];
