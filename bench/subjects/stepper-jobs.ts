import { createStepper } from "../../src/index.ts";
import { sampleContent, sampleInput } from "../../test/support/samples.ts";
import { answerQuestions, callOften } from "./answer-questions.ts";

/** A stepper whose provider answers at once: from Enqueue to the end of the job. */
const [, , url = "", concurrency = ""] = process.argv;
let commit = 0;
let completed: () => void = () => undefined;

const stepper = createStepper({
  providers: [{ name: "instant", call: () => Promise.resolve({ content: sampleContent() }) }],
  concurrency: Number(concurrency),
  maxWaiting: 1_000_000,
  ...(url !== "" && { redis: { url } }),
});
stepper.registerCallbacks({ onSuccess: () => completed() });

answerQuestions(async (count) => {
  let left = count;
  const all = new Promise<void>((resolve) => {
    completed = () => {
      left -= 1;
      if (left === 0) resolve();
    };
  });
  await callOften(count, () => stepper.enqueueReport(sampleInput({ commitSha: `commit-${(commit += 1)}` })));
  await all;
});
