import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createLineWriter } from "../../src/telemetry/line-writer.ts";
import { settle } from "../support/manual-clock.ts";

const MODULE = fileURLToPath(new URL("../../src/telemetry/line-writer.ts", import.meta.url));

let folder: string;
let file: string;
let fd: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "line-writer-"));
  file = join(folder, "log");
  fd = openSync(file, "w");
});
afterEach(() => {
  closeSync(fd);
  rmSync(folder, { recursive: true });
});

const written = (): string => readFileSync(file, "utf8");

const toNotice = (lines: number): string => `lost ${lines}\n`;

interface ProgramOptions {
  readonly stdout?: "pipe" | number;
  readonly maxHeld?: number;
  /** What the largest file may have. */
  readonly maxFileKiB?: number;
}

/** Runs a program that has `write`, whose lines go to `stdout`. */
function startProgram(program: string, { stdout = "pipe", maxHeld = 1e9, maxFileKiB }: ProgramOptions = {}) {
  const source = `
    const { createLineWriter } = await import(${JSON.stringify(MODULE)});
    process.stdout;
    const { write } = createLineWriter({ fd: 1, maxHeld: ${maxHeld}, toNotice: ${String(toNotice)} });
    const message = () => new Promise((resolve) => process.once("message", resolve));
    const turn = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    ${program}`;
  const node = [process.execPath, "--import", "tsx", "--input-type=module", "--eval", source];
  const limit = maxFileKiB === undefined ? "" : `ulimit -f ${maxFileKiB};`;
  // What Node calls a pipe between processes is a socket, which takes more.
  const pipe = stdout === "pipe" ? "> >(exec cat)" : "";
  return spawn("bash", ["-c", `${limit} exec "$@" ${pipe}`, "bash", ...node], {
    stdio: ["ignore", stdout, "pipe", "ipc"],
  });
}

/** Everything that it writes there. */
function textOf(stream: Readable | null): Promise<string> {
  if (stream === null) throw new Error("it writes elsewhere");
  return text(stream);
}

describe("a line writer", () => {
  it("writes the lines of a turn at its end, in their order", async () => {
    const { write } = createLineWriter({ fd, toNotice });
    write("1\n");
    await Promise.resolve();
    write("2\n");
    expect(written()).toBe("");
    await settle();
    expect(written()).toBe("1\n2\n");
    write("3\n");
    await settle();
    expect(written()).toBe("1\n2\n3\n");
  });

  it("writes what it holds when the process exits in the midst of a turn", async () => {
    const child = startProgram(`write("last words\\n"); process.exit(3);`);
    const ended = once(child, "close");
    expect(await textOf(child.stdout)).toBe("last words\n");
    expect(await ended).toEqual([3, null]);
  });

  it("goes on while nobody reads, and writes it all, in its order, once somebody does", async () => {
    const child = startProgram(`
      for (let line = 0; line < 20_000; line += 1) write(line + " " + "x".repeat(200) + "\\n");
      await turn();
      process.send("gone on");
      await message();
      write("end\\n");
      process.disconnect();`);
    const ended = once(child, "close");
    expect((await once(child, "message"))[0]).toBe("gone on");
    child.send("go on");
    const lines = (await textOf(child.stdout)).split("\n");
    expect(lines.length).toBe(20_002);
    expect(lines.slice(0, -2).map((line) => parseInt(line))).toEqual([...Array(20_000).keys()]);
    expect(lines.at(-2)).toBe("end");
    expect(await ended).toEqual([0, null]);
  });

  it("loses what exceeds its bound, whole lines of it, and tells how many in their place", async () => {
    const program = `
      let line = 0;
      const writeSome = async (count) => {
        for (const end = line + count; line < end; line += 1) {
          write(line + " " + "x".repeat(200) + "\\n");
          if (line % 10 === 0) await turn();
        }
      };
      await writeSome(20_000);
      process.send("written");
      await message();
      await writeSome(1);
      process.disconnect();`;
    const child = startProgram(program, { maxHeld: 100_000 });
    await once(child, "message");
    const stdout = child.stdout;
    const whole = textOf(stdout);
    // Once there is room again.
    await once(stdout as Readable, "data");
    child.send("go on");
    const lines = (await whole).trimEnd().split("\n");
    const notices = lines.filter((line) => line.startsWith("lost "));
    const lost = notices.reduce((sum, line) => sum + Number(line.slice(5)), 0);
    expect(lost).toBeGreaterThan(10_000);
    expect(lines.length - notices.length + lost).toBe(20_001);
    expect(lines.every((line) => /^(?:\d+ x{200}|lost \d+)$/.test(line))).toBe(true);
    const at = lines.indexOf(notices[0] as string);
    // The first that is lost, and the first that is not any more, unless none came.
    const [first, next] = [parseInt(lines[at - 1] as string) + 1, parseInt(lines[at + 1] ?? "20001")];
    expect(notices[0]).toBe(`lost ${next - first}`);
  });

  it("has others who write to the same pipe get between lines, and never into one", async () => {
    const child = startProgram(`
      const { writeSync } = await import("node:fs");
      for (let line = 0; line < 20_000; line += 1) write(line + " " + "x".repeat(200) + "\\n");
      for (let told = 0; told < 200; ) {
        await turn();
        try {
          writeSync(1, "other\\n");
          told += 1;
        } catch {
          // The pipe is full.
        }
      }
      process.disconnect();`);
    const lines = (await textOf(child.stdout)).trimEnd().split("\n");
    expect(lines.filter((line) => line === "other")).toHaveLength(200);
    expect(lines.filter((line) => !/^(?:\d+ x{200}|other)$/.test(line))).toEqual([]);
    expect(lines).toHaveLength(20_200);
  });

  it("loses what a full disk refuses, says so once, and goes on", async () => {
    const full = openSync("/dev/full", "w");
    const program = `
      for (let line = 0; line < 3; line += 1) {
        write("nowhere\\n");
        await turn();
      }
      process.disconnect();`;
    const child = startProgram(program, { stdout: full });
    closeSync(full);
    const ended = once(child, "close");
    expect(await textOf(child.stderr)).toBe(
      "stepper: the log can not be written (ENOSPC); its lines are lost until it can\n",
    );
    expect(await ended).toEqual([0, null]);
  });

  it("begins a new line after one that a full disk has torn, and tells of each lost one once", async () => {
    const program = `
      const { ftruncateSync } = await import("node:fs");
      write("x".repeat(1500) + "\\n");
      await turn();
      for (const line of ["second", "third"]) {
        write(line + "\\n");
        await turn();
      }
      ftruncateSync(1, 0);
      write("after\\n");
      await turn();
      process.send("done");
      process.disconnect();`;
    const log = openSync(file, "a");
    const child = startProgram(program, { stdout: log, maxFileKiB: 1 });
    closeSync(log);
    await once(child, "message");
    expect(written()).toBe("\nlost 3\nafter\n");
  });
});
