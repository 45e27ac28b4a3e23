import { describe, expect, it, jest } from "@jest/globals";
import { create } from "@bufbuild/protobuf";
import { EnqueueResponseSchema } from "../../gen/stepper/v1/report_service_pb.ts";
import type { EnqueueResponse } from "../../gen/stepper/v1/report_service_pb.ts";
import { createRepeatedAnswers } from "../../src/rpc/repeated-answers.ts";
import { sampleReport } from "../support/samples.ts";

const makeMessage = () => jest.fn(() => create(EnqueueResponseSchema, { cached: true }));
const makeBytes = (text: string) => jest.fn(() => Promise.resolve(Buffer.from(text)));

/** A report with so many characters, more or less. */
const reportOf = (characters: number) => sampleReport({ rationale: "r".repeat(characters) });

describe("the answer with a report", () => {
  it("is made once, however often the cache gives the report", () => {
    const answers = createRepeatedAnswers();
    const report = sampleReport();
    const make = makeMessage();
    const first = answers.answerWith(report, make);
    expect(answers.answerWith(report, make)).toBe(first);
    expect(make).toHaveBeenCalledTimes(1);
  });

  it("is another one for another report, also with the same words", () => {
    const answers = createRepeatedAnswers();
    const make = makeMessage();
    const first = answers.answerWith(sampleReport(), make);
    expect(answers.answerWith(sampleReport(), make)).not.toBe(first);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it("is forgotten when others take its room, the one that was given longest ago first", () => {
    const answers = createRepeatedAnswers(50_000);
    const [old, kept, fresh] = [reportOf(3_500), reportOf(3_500), reportOf(3_500)];
    const make = makeMessage();
    answers.answerWith(old, make);
    answers.answerWith(kept, make);
    answers.answerWith(fresh, make);
    answers.answerWith(kept, make);
    answers.answerWith(fresh, make);
    expect(make).toHaveBeenCalledTimes(3);
    answers.answerWith(old, make);
    expect(make).toHaveBeenCalledTimes(4);
  });

  it("is given, but not kept, when it alone is too large", () => {
    const answers = createRepeatedAnswers(10_000);
    const report = reportOf(2_000);
    const make = makeMessage();
    expect(answers.answerWith(report, make)).toMatchObject({ cached: true });
    answers.answerWith(report, make);
    expect(make).toHaveBeenCalledTimes(2);
  });
});

describe("a form of an answer", () => {
  const setUp = (): { answers: ReturnType<typeof createRepeatedAnswers>; message: EnqueueResponse } => {
    const answers = createRepeatedAnswers();
    return { answers, message: answers.answerWith(sampleReport(), makeMessage()) };
  };

  it("is made once", async () => {
    const { answers, message } = setUp();
    const make = makeBytes("binary");
    const first = await answers.remember(message, "grpc", make);
    expect(await answers.remember(message, "grpc", make)).toBe(first);
    expect(make).toHaveBeenCalledTimes(1);
  });

  it("is another one for each form, and for each answer", async () => {
    const { answers, message } = setUp();
    const other = answers.answerWith(sampleReport(), makeMessage());
    const texts = await Promise.all([
      answers.remember(message, "grpc", makeBytes("a")),
      answers.remember(message, "json", makeBytes("b")),
      answers.remember(other, "grpc", makeBytes("c")),
    ]);
    expect(texts.map(String)).toEqual(["a", "b", "c"]);
    const again = await answers.remember(message, "json", makeBytes("d"));
    expect(again.toString()).toBe("b");
  });

  it("is made anew each time for an answer that is given once", async () => {
    const { answers } = setUp();
    const message = create(EnqueueResponseSchema, { jobId: "a-job" });
    const make = makeBytes("binary");
    await answers.remember(message, "grpc", make);
    await answers.remember(message, "grpc", make);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it("that could not be made is tried again", async () => {
    const { answers, message } = setUp();
    const fail = () => Promise.reject(new Error("no memory"));
    await expect(answers.remember(message, "grpc", fail)).rejects.toThrow("no memory");
    expect(String(await answers.remember(message, "grpc", makeBytes("binary")))).toBe("binary");
  });
});
