import type { TextSink } from "../../src/cli/command-context.ts";

/** A sink that remembers what was written. */
export interface Capture extends TextSink {
  text(): string;
}

/** Collects what is written; `onWrite` may throw, to fail the write as a closed pipe does. */
export function createCapture(options: { isTTY?: boolean; onWrite?: (text: string) => void } = {}): Capture {
  let written = "";
  return {
    isTTY: options.isTTY ?? false,
    write(text, done) {
      try {
        options.onWrite?.(text);
        written += text;
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    text: () => written,
  };
}

/** What a stream says when whoever read it has gone. */
export function closedPipe(): Error {
  return Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
}
