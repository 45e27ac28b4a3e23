import { RequestError } from "../../core/errors.ts";

/** What one request takes of the {@link BodyBudget}. */
export interface BodyShare {
  /**
   * Takes what a piece of a body takes, which for a small one is far more than its bytes.
   * @throws {RequestError} `unavailable` when that is more than is left; `cancelled` after the end
   */
  takeChunk(chunk: Uint8Array): void;
  /**
   * Takes what is missing to `bytes` in all: a compressed request takes more memory than it had bytes.
   * @throws {RequestError} as `takeChunk`
   */
  takeUpTo(bytes: number): void;
  /** Gives back what pieces took besides their bytes: they are one now. */
  join(): void;
  /** Gives everything back, and may take again. */
  release(): void;
  /** Gives everything back for good. */
  end(): void;
}

/** Bounds the memory that requests take together, however many come over however many connections. */
export interface BodyBudget {
  open(): BodyShare;
}

/** What Node takes for a piece besides its bytes, measured: a client may send one byte at a time. */
const CHUNK_BYTES = 400;

/** Requests end within moments, so one that found no room may come back soon. */
const RETRY_AFTER_MS = 1_000;

export function createBodyBudget(maxBytes: number): BodyBudget {
  let taken = 0;

  function open(): BodyShare {
    let share = 0;
    let pieces = 0;
    let hasEnded = false;

    function take(bytes: number): void {
      // A message may still be decompressed when its client has gone, and nobody would give this back.
      if (hasEnded) throw new RequestError("cancelled", "the request is over");
      if (taken + bytes > maxBytes) {
        const message = "too many large requests are being handled";
        throw new RequestError("unavailable", message, { retryAfterMs: RETRY_AFTER_MS });
      }
      taken += bytes;
      share += bytes;
    }

    function giveBack(bytes: number): void {
      taken -= bytes;
      share -= bytes;
      pieces = 0;
    }

    const release = (): void => giveBack(share);

    return {
      takeChunk: ({ byteLength }) => {
        take(byteLength + CHUNK_BYTES);
        pieces += 1;
      },
      takeUpTo: (bytes) => take(Math.max(0, bytes - share)),
      join: () => giveBack(pieces * CHUNK_BYTES),
      release,
      end: () => {
        release();
        hasEnded = true;
      },
    };
  }

  return { open };
}
