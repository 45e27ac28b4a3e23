import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Image } from "./dockerfile.ts";
import { startProgram } from "./program.ts";
import type { Program } from "./program.ts";

const execute = promisify(execFile);

type Variables = Readonly<Record<string, string>>;

/** Runs an image's commands as nearly like a container as a machine without one can. */
export interface Container {
  /** Starts a command, by default the image's own. */
  start(environment: Variables, command?: readonly string[]): Program;
  /** Runs a command to its end; answers with its exit code and stdout. */
  run(command: readonly string[], environment?: Variables): Promise<{ code: number; stdout: string }>;
}

/** The number of the user `node` in Node's images. */
const USER_ID = 1_000;

/** As root: another user, to whom nothing of the image belongs, and who may gain no privilege. Else oneself. */
const UNPRIVILEGED =
  process.getuid?.() === 0
    ? [
        "setpriv",
        ["--reuid", String(USER_ID), "--regid", String(USER_ID), "--clear-groups"],
        ["--no-new-privs", "--bounding-set", "-all", "--inh-caps", "-all"],
      ].flat()
    : [];

/** True when the container's user is not the one who built the image. */
export const isUnprivileged = UNPRIVILEGED.length > 0;

export function createContainer(image: Image): Container {
  const surround = (words: readonly string[]): [command: string, args: string[]] => {
    const [command = "", ...args] = [...UNPRIVILEGED, ...words];
    return [command, args];
  };
  return {
    start: (environment, command = [...image.entryPoint, ...image.command]) =>
      startProgram(...surround(command), {
        cwd: image.workFolder,
        environment: { ...image.environment, ...environment },
      }),
    run: async (command, environment = {}) => {
      const env = { PATH: process.env.PATH, ...image.environment, ...environment };
      try {
        const { stdout } = await execute(...surround(command), { cwd: image.workFolder, env });
        return { code: 0, stdout };
      } catch (error) {
        const { code, stdout } = error as { code: number; stdout: string };
        return { code, stdout };
      }
    },
  };
}
