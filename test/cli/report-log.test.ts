import { describe, expect, it } from "@jest/globals";
import { createReportCommand } from "../../src/cli/report-command.ts";
import { createReportLogger } from "../../src/cli/report-logger.ts";
import { systemClock } from "../../src/core/system-clock.ts";
import { createCapture } from "./capture.ts";
import { answerWithMessage, useHistories } from "./report-harness.ts";

const createHistory = useHistories();
const ERASE_ONE_ROW = "\u001b[1A\u001b[J";

/** Runs `stepper report` on a commit; a frame of the progress is on the screen when its source warns. */
async function runWithWarning({ isTTY }: { isTTY: boolean }): Promise<string> {
  const { repository } = createHistory("one");
  const stderr = createCapture({ isTTY });
  let drawFrame = (): void => undefined;
  const command = createReportCommand({
    openSource: (_, { write, isTerminal }) => {
      const logger = createReportLogger({ level: "warn", write, isTerminal });
      return Promise.resolve({
        report: (input, context) => {
          drawFrame();
          logger.warn({ provider: "gemini" }, "a call failed");
          drawFrame();
          return answerWithMessage(input, context);
        },
        close: () => Promise.resolve(),
      });
    },
    clock: systemClock,
    every: (_, draw) => {
      drawFrame = draw;
      return () => undefined;
    },
  });
  const { environment, directory } = repository;
  const { signal } = new AbortController();
  await command(["--repo", directory], { environment, stdout: createCapture(), stderr, signal });
  return stderr.text();
}

describe("a log line of a report run", () => {
  it("stands above the progress on a terminal, and no frame erases it", async () => {
    const written = await runWithWarning({ isTTY: true });
    const [before = "", after = ""] = written.split("a call failed");
    const line = before.slice(before.lastIndexOf("\n") + 1);
    expect(line).toContain(ERASE_ONE_ROW);
    expect(line).toContain("WARN");
    // The next frame begins on a row of its own, with nothing to erase above it.
    expect(after.slice(0, after.indexOf("asking"))).not.toContain("\u001b[1A");
  });

  it("is JSON where there is no terminal, and all that is written", async () => {
    const written = await runWithWarning({ isTTY: false });
    expect(JSON.parse(written)).toMatchObject({ level: 40, provider: "gemini", msg: "a call failed" });
  });
});
