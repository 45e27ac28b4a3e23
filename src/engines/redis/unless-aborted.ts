/**
 * What `work` comes to, or the reason of `signal` once that is aborted. Nothing stays with a signal that outlives much
 * work, as it would with `Promise.race` and one promise for all.
 */
export function unlessAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    const stay = (): void => signal.removeEventListener("abort", leave);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    work.finally(stay).then(resolve, reject);
  });
}
