import { once } from "node:events";
import * as http from "node:http";
import { connect } from "node:http2";
import type { ClientHttp2Session, OutgoingHttpHeaders } from "node:http2";
import { fromBinary, fromJsonString } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { EnqueueResponseSchema, GetResponseSchema } from "../../gen/stepper/v1/report_service_pb.ts";
import { Call } from "../../src/rpc/fast-calls/call.ts";
import { startTwoWays } from "./two-ways.ts";
import type { TwoWays } from "./two-ways.ts";
import { cancel, enqueue, get, plainWires, toRequest } from "./wires.ts";
import type { Message, Wire } from "./wires.ts";

const CALLS = 10_000;
/** As many at a time as a server allows over one connection. */
const AT_ONCE = 1_000;
const SESSIONS = 4;

let ways: TwoWays;
let sessions: readonly ClientHttp2Session[];
let agent: http.Agent;

beforeAll(async () => {
  ways = await startTwoWays();
  sessions = Array.from({ length: SESSIONS }, () => connect(ways.fast.url));
  agent = new http.Agent({ keepAlive: true, maxSockets: SESSIONS });
});
afterAll(async () => {
  sessions.forEach((session) => session.destroy());
  agent.destroy();
  await ways.close();
});
afterEach(() => void jest.restoreAllMocks());

/** Answers with what the answer is about. */
type Ask = (message: Message, session: ClientHttp2Session) => Promise<string>;

function over2(wire: Wire): Ask {
  return async (message, session) => {
    const { path, headers, pieces } = toRequest(wire, message);
    const stream = session.request({
      ":method": "POST",
      ":path": path,
      ...(headers as OutgoingHttpHeaders),
    });
    const chunks: Buffer[] = [];
    let status: unknown;
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("trailers", (trailers: Record<string, unknown>) => (status = trailers["grpc-status"]));
    stream.end(Buffer.concat(pieces));
    await once(stream, "close");
    const body = Buffer.concat(chunks);
    if (!wire.isGrpc) return toSubject(wire, message, body);
    return status === "0" ? toSubject(wire, message, body.subarray(5)) : toCodeName(status);
  };
}

function toCodeName(status: unknown): string {
  return { 5: "not_found", 14: "unavailable" }[Number(status)] ?? "another code";
}

function over1(wire: Wire): Ask {
  return async (message) => {
    const { path, headers, pieces } = toRequest(wire, message);
    const body = Buffer.concat(pieces);
    const all = { ...(headers as http.OutgoingHttpHeaders), "content-length": body.length };
    const options = { port: ways.fast.port, path, method: "POST", agent, headers: all };
    const request = http.request(options).end(body);
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return toSubject(wire, message, Buffer.concat(chunks));
  };
}

/** The job, or that there is none since there was a report, or the code of an error. */
function toSubject({ isJson }: Wire, { path }: Message, body: Buffer): string {
  const text = body.toString();
  if (text.startsWith('{"code"')) return (JSON.parse(text) as { code: string }).code;
  if (!path.endsWith("Enqueue")) {
    // What is answered to Cancel has the same fields.
    const { job } = isJson ? fromJsonString(GetResponseSchema, text) : fromBinary(GetResponseSchema, body);
    return `${job?.status} ${job?.jobId}`;
  }
  const { report, jobId } = isJson
    ? fromJsonString(EnqueueResponseSchema, text)
    : fromBinary(EnqueueResponseSchema, body);
  return report ? `a report on ${report.title}` : jobId;
}

/** By number: what is asked, and what the answer must be about. */
function toQuestion(number: number): readonly [Message, subject: string] {
  const name = `n-${number}`;
  switch (number % 10) {
    case 0:
      return [get("none"), "not_found"];
    case 1:
      return [get("unavailable"), "unavailable"];
    case 2:
    case 3:
      return [enqueue("fresh"), "a report on Keep the cart over a restart"];
    case 4:
    case 5:
      return [enqueue(name), `job-of-${name}`];
    case 6:
      return [cancel(name), `5 ${name}`];
    default:
      return [get(name), `2 ${name}`];
  }
}

/** Asks one question after another, each in another protocol and over another connection, until there are no more. */
async function askAll(numbers: Iterator<number>, asks: readonly Ask[]): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (let next = numbers.next(); next.done !== true; next = numbers.next()) {
    const number = next.value;
    const [message, subject] = toQuestion(number);
    const ask = asks[number % asks.length] as Ask;
    const said = await ask(message, sessions[number % SESSIONS] as ClientHttp2Session);
    if (said !== subject) wrong.push(`${subject} was asked for, ${said} answered`);
  }
  return wrong;
}

describe("ten thousand calls of every protocol at once over a few connections", () => {
  it("are answered each with its own answer, the fast way", async () => {
    const ends = jest.spyOn(Call.prototype, "end");
    const [grpc, json2, proto2, json1, proto1] = plainWires as [Wire, Wire, Wire, Wire, Wire];
    // Over HTTP/1.1, a connection has one call at a time, so fewer go that way. Eleven has no factor with the kinds.
    const over2s = [grpc, json2, proto2, grpc, json2, proto2, grpc, grpc, grpc].map(over2);
    const asks = [...over2s, over1(json1), over1(proto1)];
    const numbers = Array.from({ length: CALLS }, (_, index) => index).values();
    const wrong = await Promise.all(Array.from({ length: AT_ONCE }, () => askAll(numbers, asks)));
    expect(wrong.flat()).toEqual([]);
    expect(ends).toHaveBeenCalledTimes(CALLS);
    expect(await ways.fast.told.passed(CALLS)).toHaveLength(CALLS);
  }, 30_000);
});
