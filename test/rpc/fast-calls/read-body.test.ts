import { once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { readBody } from "../../../src/rpc/fast-calls/read-body.ts";
import { createBodyBudget } from "../../../src/rpc/limits/body-budget.ts";
import type { HttpRequest } from "../../../src/rpc/node-http.ts";
import { settle } from "../../support/manual-clock.ts";

const MAX_BYTES = 100;

type Read =
  | { readonly name: "whole"; readonly text: string }
  | { readonly name: "larger"; readonly body: AsyncIterable<Uint8Array> };

interface Options {
  readonly isKept?: (head: Buffer) => boolean;
  /** Of the budget that the body shares. */
  readonly room?: number;
}

/** Reads from a stream, which is all that is needed of a request here. */
function begin(source: Readable, { isKept = () => true, room = 1_000_000 }: Options = {}) {
  const budget = createBodyBudget(room);
  const share = budget.open();
  const read = new Promise<Read>((resolve) =>
    readBody(source as unknown as HttpRequest, {
      maxBytes: MAX_BYTES,
      share,
      isKept,
      whole: (body) => resolve({ name: "whole", text: body.toString() }),
      larger: (body) => resolve({ name: "larger", body }),
    }),
  );
  return { read, hasRoomFor: (bytes: number) => hasRoomFor(budget, bytes) };
}

function hasRoomFor(budget: ReturnType<typeof createBodyBudget>, bytes: number): boolean {
  const share = budget.open();
  try {
    share.takeUpTo(bytes);
    return true;
  } catch {
    return false;
  } finally {
    share.release();
  }
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function toLarger(read: Read): AsyncIterable<Uint8Array> {
  if (read.name === "whole") throw new Error("it was kept");
  return read.body;
}

/** Each text comes by itself. */
function send(...texts: readonly string[]): Readable {
  return Readable.from(texts.map((text) => Buffer.from(text)));
}

describe("a body that is small", () => {
  it.each([
    ["in one piece", ["hello"]],
    ["in pieces", ["h", "", "el", "lo"]],
  ])("is read whole when it comes %s", async (_, texts) => {
    expect(await begin(send(...texts)).read).toEqual({ name: "whole", text: "hello" });
  });

  it("is empty when nothing comes", async () => {
    expect(await begin(send()).read).toEqual({ name: "whole", text: "" });
  });

  it("may have as many bytes as are kept, and holds its share of the memory", async () => {
    const { read, hasRoomFor } = begin(send("a".repeat(60), "b".repeat(40)), { room: 10_000 });
    expect((await read).name).toBe("whole");
    expect([hasRoomFor(9_900), hasRoomFor(9_901)]).toEqual([true, false]);
  });

  it("of a client that goes away is nothing", async () => {
    const source = new PassThrough();
    const { read } = begin(source);
    source.write("hel");
    await settle();
    source.destroy();
    await once(source, "close");
    await settle();
    expect(await Promise.race([read, Promise.resolve("nothing")])).toBe("nothing");
  });
});

describe("a body that is handed over", () => {
  it.each<readonly [string, readonly string[], Options]>([
    ["since it has a byte too many", ["a".repeat(100), "b", "c", "d".repeat(500)], {}],
    ["since its first piece is too large", ["a".repeat(101), "b"], {}],
    ["since its last piece is too large", ["a", "b".repeat(100)], {}],
    ["since there is no room for it", ["a".repeat(30), "b".repeat(30), "c"], { room: 50 }],
    ["for how it begins", ["bad", " to", " the end"], { isKept: (head) => head.toString() !== "bad" }],
  ])("%s comes with every byte in its order, and gives its share back", async (_, texts, options) => {
    const { read, hasRoomFor } = begin(send(...texts), options);
    const body = toLarger(await read);
    expect(hasRoomFor(options.room ?? 1_000_000)).toBe(true);
    expect(await collect(body)).toBe(texts.join(""));
  });

  it("is asked about its first piece alone", async () => {
    const heads: string[] = [];
    const isKept = (head: Buffer): boolean => heads.push(head.toString()) > 0;
    await begin(send("first", "second"), { isKept }).read;
    expect(heads).toEqual(["first"]);
  });

  it("for how it begins need not have come to its end", async () => {
    const source = new PassThrough();
    const { read } = begin(source, { isKept: () => false });
    source.write("bad");
    const body = toLarger(await read);
    source.end(" to the end");
    expect(await collect(body)).toBe("bad to the end");
  });

  it("comes no faster than it is taken, however large it is", async () => {
    const chunk = Buffer.alloc(1_000);
    let sent = 0;
    const endless = function* () {
      for (; sent < 100_000; sent += 1) yield chunk;
    };
    const highWaterMark = 4;
    const { read } = begin(Readable.from(endless(), { highWaterMark }));
    const body = toLarger(await read);
    await settle();
    expect(sent).toBeLessThan(10);
    let taken = 0;
    for await (const _ of body) {
      taken += 1;
      expect(sent - taken).toBeLessThan(10);
      if (taken === 1_000) break;
    }
  });

  it("breaks off where its client does", async () => {
    const source = new PassThrough();
    const { read } = begin(source);
    source.write("a".repeat(200));
    const body = toLarger(await read);
    const rest = collect(body);
    source.destroy();
    await expect(rest).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
  });
});
