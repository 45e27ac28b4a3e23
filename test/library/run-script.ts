import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const LIBRARY = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

interface ScriptOptions {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/**
 * Runs a module in a process of its own, where `stepper` is the library and `input` a commit; answers with what the
 * script gave to `answer`, and what was written to stderr. Only PATH and what is given stand in its environment.
 * @throws when the process ends with another code than 0.
 */
export async function runScript(
  script: string,
  { cwd, environment = {} }: ScriptOptions,
): Promise<{ readonly answer: unknown; readonly stderr: string }> {
  const source = `
    import * as stepper from ${JSON.stringify(LIBRARY)};
    const LIBRARY = ${JSON.stringify(LIBRARY)};
    const input = { userId: "ada", commitSha: "abc", repo: "acme/shop", message: "Add carts" };
    const answer = (value) => process.stdout.write(JSON.stringify(value));
    ${script}`;
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "--eval", source];
  const env = { PATH: process.env.PATH, ...environment };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, env, timeout: 30_000 });
  return { answer: JSON.parse(stdout), stderr };
}
