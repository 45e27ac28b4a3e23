import { RequestError } from "../core/errors.ts";
import type { Reachability } from "../core/ports.ts";

/** Whether this process takes work. */
export interface Serving {
  /** True when the engine can be reached and nobody has told the process to stop. */
  isServing(): boolean;
  /** True once the process has been told to stop. */
  isStopping(): boolean;
  /** Calls `listener` after each change; the answer ends that. */
  onChange(listener: () => void): () => void;
}

/** A client should look for another replica, and give a restarted one a moment. */
const RETRY_AFTER_MS = 1_000;

/** The answer to every call while the process takes no work. */
export function notServing(): RequestError {
  return new RequestError("unavailable", "the server is shutting down", { retryAfterMs: RETRY_AFTER_MS });
}

/** Serving while the engine can be reached, until `stop`. */
export function createServing(engine: Reachability): Serving & { stop(): void } {
  const listeners = new Set<() => void>();
  let isStopping = false;
  const tell = (): void => listeners.forEach((listener) => listener());
  const unsubscribe = engine.onChange(tell);
  return {
    isServing: () => !isStopping && engine.isReachable(),
    isStopping: () => isStopping,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop: () => {
      isStopping = true;
      unsubscribe();
      tell();
    },
  };
}
