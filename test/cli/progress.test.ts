import { describe, expect, it } from "@jest/globals";
import { createProgress } from "../../src/cli/progress.ts";
import { createCapture } from "./capture.ts";

function createTerminal({ isTTY }: { isTTY: boolean }) {
  const stderr = createCapture({ isTTY });
  const time = { nowMs: 0 };
  const timers = new Set<() => void>();
  const progress = createProgress({
    stderr,
    now: () => time.nowMs,
    every: (_, callback) => {
      timers.add(callback);
      return () => timers.delete(callback);
    },
  });
  const nextFrame = () => {
    const before = stderr.text().length;
    timers.forEach((draw) => draw());
    return stderr.text().slice(before);
  };
  return { stderr, time, timers, progress, nextFrame };
}

describe("createProgress", () => {
  it("shows a line for each commit, with its age and what is being done", () => {
    const { progress, time, nextFrame } = createTerminal({ isTTY: true });
    const first = progress.begin("0123456789", "Fix it");
    progress.begin("abcdefabcd", "Other");
    time.nowMs = 3_400;
    first.onEvent({ type: "attempt_started", provider: "gemini", number: 2 });
    first.onEvent({ type: "heartbeat" });
    const frame = nextFrame();
    expect(frame).toMatch(
      /^[^\n]* 3s asking gemini \(attempt 2\) · 0123456 Fix it\n[^\n]*abcdefa Other\n[^\n]*$/,
    );
  });

  it("draws each frame over the last", () => {
    const { progress, nextFrame } = createTerminal({ isTTY: true });
    progress.begin("0123456789", "Fix it");
    progress.begin("abcdefabcd", "Other");
    nextFrame();
    expect(nextFrame().startsWith("\u001b[2A\u001b[J")).toBe(true);
  });

  it("leaves the screen to others when it is cleared, and for good when it is closed", () => {
    const { progress, stderr, timers, nextFrame } = createTerminal({ isTTY: true });
    progress.begin("0123456789", "Fix it");
    nextFrame();
    progress.clear();
    expect(stderr.text().endsWith("\u001b[1A\u001b[J")).toBe(true);
    expect(nextFrame().startsWith("\u001b[1A")).toBe(false);
    progress.close();
    expect(stderr.text().endsWith("\u001b[1A\u001b[J")).toBe(true);
    expect(timers.size).toBe(0);
  });

  it("takes a finished commit off the screen", () => {
    const { progress, nextFrame } = createTerminal({ isTTY: true });
    const line = progress.begin("0123456789", "Fix it");
    nextFrame();
    line.end();
    expect(nextFrame()).not.toContain("Fix it");
    expect(nextFrame()).toBe("");
  });

  it("lets no subject play tricks on the terminal", () => {
    const { progress, nextFrame } = createTerminal({ isTTY: true });
    progress.begin("0123456789", "Fix\u001b[2Jit");
    expect(nextFrame()).toContain("Fixit");
  });

  it("makes room for other lines, and draws its next frame below them", async () => {
    const { progress, stderr, nextFrame } = createTerminal({ isTTY: true });
    progress.begin("0123456789", "Fix it");
    nextFrame();
    await progress.write("a warning\n");
    expect(stderr.text().endsWith("\u001b[1A\u001b[Ja warning\n")).toBe(true);
    expect(nextFrame().startsWith("\u001b[1A")).toBe(false);
  });

  it("writes nothing of its own where there is no terminal", async () => {
    const { progress, stderr, timers } = createTerminal({ isTTY: false });
    const line = progress.begin("0123456789", "Fix it");
    line.onEvent({ type: "started", run: 1 });
    line.end();
    progress.clear();
    await progress.write("a warning\n");
    progress.close();
    expect(stderr.text()).toBe("a warning\n");
    expect(timers.size).toBe(0);
  });
});
