import { pino } from "pino";
import type { DestinationStream } from "pino";

/**
 * Writes the lines of one turn of the event loop at its end, with one system call, which takes longer than all else that
 * a line needs. Ending the process in any orderly way writes what is held; only a kill can lose lines, those of its last
 * turn.
 */
export function createLineWriter(fd: number): DestinationStream {
  const file = pino.destination({ fd, sync: true });
  let held = "";

  function flush(): void {
    if (held === "") return;
    const lines = held;
    held = "";
    file.write(lines);
  }

  process.on("exit", flush);
  return {
    write: (line) => {
      if (held === "") setImmediate(flush);
      held += line;
    },
  };
}
