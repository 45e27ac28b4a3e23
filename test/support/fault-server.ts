import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { hfSpaceWire } from "../fixtures/vendors/hf-space-wire.ts";
import { openAiCompatibleWire } from "../fixtures/vendors/openai-compatible-wire.ts";
import { SAMPLE_REPORT_TEXT } from "../fixtures/vendors/sample-report.ts";
import { parseFaultScript } from "./fault-script.ts";
import { createGate } from "./gate.ts";
import { playFault } from "./play-fault.ts";

/** How a request ended, be it with an answer or with the connection. */
export interface FaultEnd {
  /** Milliseconds since the epoch. */
  readonly atMs: number;
  /** False when the connection was closed before the answer was sent. */
  readonly isAnswered: boolean;
  /** What was written into the socket. */
  readonly sentBytes: number;
}

/** A request as it came in. */
export interface FaultRequest {
  readonly path: string;
  /** The step that answers it, as the script words it. */
  readonly step: string;
  /** The key that it came with. */
  readonly key: string | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly ended: Promise<FaultEnd>;
}

/** A provider that plays a script of faults over real sockets. */
export interface FaultServer {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  /** The environment of a stepper that uses it. */
  readonly environment: Readonly<Record<string, string>>;
  /** All requests so far, those to come too. */
  readonly requests: readonly FaultRequest[];
  /** All requests so far, once there are at least `count`. */
  arrived(count: number): Promise<readonly FaultRequest[]>;
  /** Most requests that were open at once. */
  mostAtOnce(): number;
  /** From now on plays this script; see fault-script.ts. */
  play(script: string): void;
  close(): Promise<void>;
}

interface FaultServerOptions {
  /** Default: each request is answered by a report. */
  readonly script?: string;
  /** Default: a free one. */
  readonly port?: number;
  readonly onEnd?: (request: FaultRequest, end: FaultEnd) => void;
}

/** Starts a provider that speaks OpenAI's chat completions and, at `/api/infer`, the protocol of a Space. */
export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
  const { port = 0, onEnd = () => undefined } = options;
  let script = parseFaultScript(options.script ?? "");
  const requests: FaultRequest[] = [];
  const arrivals = createGate<FaultRequest>();
  const open = { now: 0, most: 0 };

  const server = createServer((message, response) => {
    open.most = Math.max(open.most, (open.now += 1));
    const step = script.next();
    const request = toRequest(message, response, step.text);
    void request.ended.then((end) => {
      open.now -= 1;
      onEnd(request, end);
    });
    requests.push(request);
    arrivals.pass(request);
    message.resume().once("end", () => playFault(step, response, toAnswers(request.path)));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  return {
    url,
    environment: {
      OPENAI_COMPATIBLE_ENABLED: "true",
      OPENAI_COMPATIBLE_URL: `${url}/v1`,
      OPENAI_COMPATIBLE_MODEL: "fake-model",
    },
    requests,
    arrived: (count) => arrivals.passed(count),
    mostAtOnce: () => open.most,
    play: (text) => void (script = parseFaultScript(text)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function toRequest(
  { url: path = "", headers, socket }: IncomingMessage,
  response: ServerResponse,
  step: string,
): FaultRequest {
  const before = socket.bytesWritten;
  const ended = once(response, "close").then(() => ({
    atMs: Date.now(),
    isAnswered: response.writableFinished,
    sentBytes: socket.bytesWritten - before,
  }));
  const key = headers.authorization?.replace(/^Bearer /, "");
  return { path, step, key, startedAtMs: Date.now(), ended };
}

function toAnswers(path: string) {
  const wire = path.endsWith("/api/infer") ? hfSpaceWire : openAiCompatibleWire;
  const write = (text: string): string => JSON.stringify(wire.success(text).body);
  return { report: write(SAMPLE_REPORT_TEXT), garbage: write("I would rather talk about the weather.") };
}
