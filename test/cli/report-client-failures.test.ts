import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "@jest/globals";
import { BadRequestSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { createReportClient } from "../../src/rpc/report-client.ts";
import type { ReportClient } from "../../src/rpc/report-client.ts";
import { urlOfNobody, useForeignServers, useReportServers } from "./report-server.ts";
import { collect } from "./collect.ts";

const INPUT = { userId: "ada", commitSha: "abc", repo: "acme/shop", message: "Fix" };
const { signal } = new AbortController();
const startServer = useReportServers();
const startForeignServer = useForeignServers();

async function startFailing(error: ConnectError): Promise<ReportClient> {
  const { url } = await startServer({
    enqueue: () => {
      throw error;
    },
  });
  return createReportClient(url);
}

describe("what a server refuses", () => {
  it("names every bad field", async () => {
    const fieldViolations = [
      { field: "repo", description: "must not be empty" },
      { field: "message", description: "too long" },
    ];
    const details = [{ desc: BadRequestSchema, value: { fieldViolations } }];
    const client = await startFailing(new ConnectError("bad", Code.InvalidArgument, undefined, details));
    await expect(client.enqueue(INPUT, signal)).rejects.toMatchObject({
      kind: "invalid_argument",
      fields: fieldViolations,
    });
  });

  it("tells a limit from a request that is too large by whether it says when to come back", async () => {
    const details = [{ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(90_000) } }];
    const limited = await startFailing(
      new ConnectError("slow down", Code.ResourceExhausted, undefined, details),
    );
    await expect(limited.enqueue(INPUT, signal)).rejects.toMatchObject({
      ...{ kind: "rate_limited", retryAfterMs: 90_000, retryable: true },
      message: "the server is at its limit, try again in 90 s: slow down",
    });
    const large = await startFailing(new ConnectError("too big", Code.ResourceExhausted));
    await expect(large.enqueue(INPUT, signal)).rejects.toMatchObject({ kind: "too_large", retryable: false });
  });

  it("says that an API key is missing or wrong", async () => {
    const client = await startFailing(new ConnectError("no key", Code.Unauthenticated));
    await expect(client.enqueue(INPUT, signal)).rejects.toMatchObject({
      kind: "unauthenticated",
      message: expect.stringMatching(
        /^the server at http:\S+ wants a valid API key \(STEPPER_API_KEY\): no key$/,
      ),
    });
  });

  it.each([
    [Code.NotFound, "not_found", false],
    [Code.Unavailable, "unavailable", true],
    [Code.DeadlineExceeded, "deadline_exceeded", true],
    [Code.Internal, "internal", false],
  ])("takes code %s for %s", async (code, kind, retryable) => {
    const client = await startFailing(new ConnectError("sorry", code));
    await expect(client.enqueue(INPUT, signal)).rejects.toMatchObject({
      ...{ kind, retryable, message: expect.stringMatching(/^the server at http:\S+ answered \w+: sorry$/) },
    });
  });
});

describe("a server that can't be talked to", () => {
  it("is named without the credentials in its URL", async () => {
    const url = await urlOfNobody();
    const withCredentials = url.replace("http://", "http://me:secret@");
    await expect(createReportClient(withCredentials).enqueue(INPUT, signal)).rejects.toMatchObject({
      kind: "unavailable",
      message: `server not reachable at ${url} (ECONNREFUSED)`,
    });
  });

  it("is told apart when it is no stepper at all", async () => {
    const url = await startForeignServer((response) => response.writeHead(404).end("<html>"));
    await expect(createReportClient(url).enqueue(INPUT, signal)).rejects.toMatchObject({
      kind: "internal",
      message: expect.stringMatching(/^no stepper server at http:/),
    });
  });

  it("is told apart when it hangs up before it answers", async () => {
    const url = await startForeignServer((response) => response.socket?.destroy());
    await expect(createReportClient(url).enqueue(INPUT, signal)).rejects.toMatchObject({
      kind: "unavailable",
      message: `connection to ${url} lost`,
    });
  });

  it.each(["cut", "ended"])("is told apart when its stream is %s in the middle", async (how) => {
    const url = await startForeignServer((response) => {
      response.writeHead(200, { "content-type": "application/connect+proto" });
      // The first bytes of a message of ten.
      const write = () => response.write(Buffer.from([0, 0, 0, 0, 10, 8]), () => end());
      const end = () => (how === "cut" ? response.socket?.destroy() : response.end());
      write();
    });
    await expect(collect(createReportClient(url).watch("job-1", 0, signal))).rejects.toMatchObject({
      kind: "unavailable",
      message: `connection to ${url} lost`,
    });
  });
});
