import { execFile } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

describe("a line writer", () => {
  it("writes the lines of a turn at its end, in their order", async () => {
    const { write } = createLineWriter(fd);
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
    const program = `
      const { createLineWriter } = await import(${JSON.stringify(MODULE)});
      createLineWriter(1).write("last words\\n");
      process.exit(3);`;
    const args = ["--import", "tsx", "--input-type=module", "--eval", program];
    const outcome = await new Promise((resolve) => {
      execFile(process.execPath, args, (error, stdout) => resolve({ code: error?.code, stdout }));
    });
    expect(outcome).toEqual({ code: 3, stdout: "last words\n" });
  });
});
