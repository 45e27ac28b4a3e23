/** What the parent may ask of those who run jobs. */
interface JobsQuestion {
  readonly count: number;
}

/** Runs so many jobs at once, until all have ended. */
type RunJobs = (count: number) => Promise<void>;

/** Says that it is ready, and then answers the parent's questions by how long that took. */
export function answerQuestions(runJobs: RunJobs): void {
  process.on("message", ({ count }: JobsQuestion) => {
    const startedAtMs = performance.now();
    void runJobs(count).then(() => process.send?.({ durationMs: performance.now() - startedAtMs }));
  });
  process.send?.({ isReady: true });
}

/** As many callers wait for their answers at a time. */
const CALLERS = 100;

/** Makes so many calls. */
export async function callOften(count: number, call: () => Promise<unknown>): Promise<void> {
  let left = count;
  const callers = Array.from({ length: Math.min(CALLERS, count) }, async () => {
    while (left > 0) {
      left -= 1;
      await call();
    }
  });
  await Promise.all(callers);
}
