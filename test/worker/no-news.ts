import type { JobNews } from "../../src/worker/worker.ts";

/** For tests that are not about what operators hear. */
export const noNews: JobNews = { onReport: () => undefined, onJobFailed: () => undefined };
