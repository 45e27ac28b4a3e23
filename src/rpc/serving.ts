import { RequestError } from "../core/errors.ts";

/** Whether this process takes work. */
export interface Serving {
  isServing(): boolean;
  /** Calls `listener` after each change; the answer ends that. */
  onChange(listener: () => void): () => void;
}

/** A client should look for another replica, and give a restarted one a moment. */
const RETRY_AFTER_MS = 1_000;

/** The answer to every call while the process takes no work. */
export function notServing(): RequestError {
  return new RequestError("unavailable", "the server is shutting down", { retryAfterMs: RETRY_AFTER_MS });
}

/** Serving from the start until `stop`. */
export function createServing(): Serving & { stop(): void } {
  const listeners = new Set<() => void>();
  let serving = true;
  return {
    isServing: () => serving,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => {
      serving = false;
      for (const listener of listeners) listener();
    },
  };
}
