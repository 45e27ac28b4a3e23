import { Queue, Worker } from "bullmq";
import { sampleRequest } from "../../test/support/samples.ts";
import { answerQuestions, callOften } from "./answer-questions.ts";

/** BullMQ alone: the same payload, and jobs that do nothing. */
const [, , url = "", concurrency = ""] = process.argv;
const connection = { url, maxRetriesPerRequest: null };
const queue = new Queue("bare", { connection, defaultJobOptions: { removeOnComplete: true } });
const worker = new Worker("bare", () => Promise.resolve(), { connection, concurrency: Number(concurrency) });

answerQuestions(async (count) => {
  let left = count;
  const all = new Promise<void>((resolve) => {
    worker.removeAllListeners("completed").on("completed", () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  await callOften(count, () => queue.add("report", sampleRequest()));
  await all;
});
