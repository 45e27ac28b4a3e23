import { ConnectError } from "@connectrpc/connect";
import type { Compression } from "@connectrpc/connect/protocol";
import PQueue from "p-queue";

/** As many as Node has threads for it, so none is slower for waiting. */
const CONCURRENCY = 4;

/**
 * Makes compressions that decompress a few messages at a time, all of them together. Begun all at once, messages of a
 * few kilobytes would all grow at the same time, to the largest that a message may be: a hundred to a gigabyte.
 */
export function createTurns(): (compression: Compression) => Compression {
  const queue = new PQueue({ concurrency: CONCURRENCY });
  return (compression) => ({
    ...compression,
    decompress: (bytes, maxBytes) =>
      queue.add(() => compression.decompress(bytes, maxBytes).catch(rethrowWithoutCause)),
  });
}

/**
 * An error keeps what its stack's functions worked on, here all that had been decompressed, and a connection keeps the
 * last error of its calls.
 */
function rethrowWithoutCause(error: unknown): never {
  const { rawMessage, code } = ConnectError.from(error);
  throw new ConnectError(rawMessage, code);
}
