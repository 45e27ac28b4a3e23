import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";

const MAIN = fileURLToPath(new URL("../../examples/commit-webhook-grpc/main.ts", import.meta.url));

/** Runs the example to its end; only PATH and what is given stand in its environment. */
function run(environment: Readonly<Record<string, string>>) {
  const args = ["--import", import.meta.resolve("tsx"), MAIN];
  const env = { PATH: process.env.PATH, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
      resolve({ code: error?.code, stdout, stderr });
    });
  });
}

describe("the webhook over gRPC", () => {
  it.each([
    [{}, "CHAT_WEBHOOK_URL is not set: set it to the URL of your chat's incoming webhook\n"],
    [
      { CHAT_WEBHOOK_URL: "general" },
      "CHAT_WEBHOOK_URL is no URL: set it to the URL of your chat's incoming webhook\n",
    ],
  ])(
    "says in one line that it lacks a chat: %j",
    async (environment, stderr) => {
      expect(await run(environment)).toEqual({ code: 1, stdout: "", stderr });
    },
    30_000,
  );
});
