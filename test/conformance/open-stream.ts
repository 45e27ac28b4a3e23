import { once } from "node:events";
import { settle } from "../support/manual-clock.ts";
import { openHttp2 } from "./http2-call.ts";
import type { Http2Call } from "./http2-call.ts";
import type { Way } from "./two-ways.ts";
import { plainWires, toRequest } from "./wires.ts";
import type { Message } from "./wires.ts";

/** A stream over gRPC that has been asked for, and may still be open. */
export interface OpenStream extends Http2Call {
  /** Waits for so many messages since the stream's begin. */
  readonly received: (count: number) => Promise<void>;
}

export function openStream(
  way: Way,
  message: Message,
  headers: Readonly<Record<string, string>> = {},
): OpenStream {
  const [wire] = plainWires;
  if (wire === undefined) throw new Error("gRPC is no wire");
  const request = toRequest(wire, message, headers);
  const { stream, answer } = openHttp2(way, request);
  let bytes = Buffer.alloc(0);
  let messages = 0;
  stream.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    for (let end = endOfFirst(bytes); end <= bytes.length; end = endOfFirst(bytes)) {
      bytes = bytes.subarray(end);
      messages += 1;
    }
  });
  stream.end(request.pieces[0]);
  const received = async (count: number): Promise<void> => {
    while (messages < count) await once(stream, "data");
  };
  return { stream, answer, received };
}

function endOfFirst(bytes: Buffer): number {
  return bytes.length < 5 ? Infinity : 5 + bytes.readUInt32BE(1);
}

/** Waits until a server asks its handler for no more; answers with how much it has asked for. */
export async function untilStuck({ reports }: Way): Promise<number> {
  const asked = async (): Promise<number> => (await reports.watches.taken.passed(0)).length;
  for (let before = -1, now = await asked(); ; before = now, now = await asked()) {
    if (now === before) return now;
    // A handler that is asked at all is asked within a few turns.
    for (let turn = 0; turn < 50; turn += 1) await settle();
  }
}
