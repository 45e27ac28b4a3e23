import type { ServerProcess } from "../support/server-process.ts";

/** Ends a process as a crash does, and waits until it is gone. */
export async function crash(process: ServerProcess): Promise<void> {
  process.child.kill("SIGKILL");
  // It has had its signal, and is only waited for.
  await process.stop();
}
