import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** True when a program can be started by its name. */
export function isOnPath(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}
