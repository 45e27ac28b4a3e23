/**
 * Aborts `target` when one of `signals` is, with its reason; the answer ends that. By hand, since `AbortSignal.any` leaks
 * on signals that outlive many calls (Node 20).
 */
export function forwardAborts(signals: readonly AbortSignal[], target: AbortController): () => void {
  const stops = signals.map((signal) => {
    const forward = (): void => target.abort(signal.reason);
    if (signal.aborted) forward();
    else signal.addEventListener("abort", forward, { once: true });
    return () => signal.removeEventListener("abort", forward);
  });
  return () => stops.forEach((stop) => stop());
}
