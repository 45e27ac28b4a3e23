import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createHttpClient } from "../../src/providers/http-client.ts";
import type { HttpClient } from "../../src/providers/http-client.ts";

const TEXT = JSON.stringify({ report: "Zeilen, mit ü" });

let client: HttpClient;
let server: Server;

beforeEach(() => {
  client = createHttpClient();
});
afterEach(async () => {
  await client.close();
  server.close();
  await once(server, "close");
});

async function serve(listener: RequestListener): Promise<string> {
  server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/path?query`;
}

const post = (url: string, headers?: RequestInit["headers"]) =>
  client.fetch(url, { method: "POST", body: "{}", ...(headers && { headers }) });

describe("an HTTP client", () => {
  it.each<[string, RequestInit["headers"]]>([
    ["an object", { "X-Key": "secret", Accept: "application/json" }],
    [
      "pairs",
      [
        ["X-Key", "secret"],
        ["ACCEPT", "application/json"],
      ],
    ],
    ["Headers", new Headers({ "X-Key": "secret", Accept: "application/json" })],
  ])("sends headers that are given as %s, and what fetch would add", async (_, given) => {
    let seen: IncomingMessage | undefined;
    const url = await serve((request, response) => {
      seen = request;
      response.end();
    });
    await (await post(url, given)).text();
    expect(seen).toMatchObject({ method: "POST", url: "/path?query" });
    expect(seen?.headers).toMatchObject({
      "x-key": "secret",
      accept: "application/json",
      "accept-encoding": "br, gzip",
      "content-length": "2",
      "user-agent": "undici",
    });
  });

  it.each([
    ["nothing", "identity, nothing", TEXT],
    ["gzip", "gzip", gzipSync(TEXT)],
    ["deflate", "deflate", deflateSync(TEXT)],
    ["Brotli", "BR", brotliCompressSync(TEXT)],
    ["two codings", "gzip, br", brotliCompressSync(gzipSync(TEXT))],
    ["a gzip that lacks its end", "x-gzip", gzipSync(TEXT).subarray(0, -8)],
  ])("reads an answer that is encoded by %s", async (_, coding, body) => {
    const url = await serve((__, response) => response.setHeader("content-encoding", coding).end(body));
    expect(await (await post(url)).text()).toBe(TEXT);
  });

  it.each([
    ["is encoded by another coding than it says", "gzip", Buffer.from(TEXT)],
    ["is encoded too often", "gzip, gzip, gzip, gzip, gzip, gzip", gzipSync(TEXT)],
  ])("fails to read an answer that %s, and no more than that", async (_, coding, body) => {
    const url = await serve((__, response) => response.setHeader("content-encoding", coding).end(body));
    const response = await post(url);
    await expect(response.text()).rejects.toThrow();
  });

  it.each([
    [599, 599],
    [600, 599],
    [999, 599],
  ])("takes a status of %d, as fetch does not, for a failure of the server", async (sent, status) => {
    const url = await serve((_, response) => response.writeHead(sent).end("gone wrong"));
    const answer = await post(url);
    expect([answer.status, await answer.text()]).toEqual([status, "gone wrong"]);
  });

  it("takes headers of any bytes, as fetch does", async () => {
    const url = await serve((_, response) => {
      response.socket?.end("HTTP/1.1 429 No\r\nretry-after: 7\r\nx-note: 配额\r\ncontent-length: 0\r\n\r\n");
    });
    const { status, headers } = await post(url);
    expect([status, headers.get("retry-after")]).toEqual([429, "7"]);
    expect(Buffer.from(headers.get("x-note") ?? "", "latin1").toString()).toBe("配额");
  });

  it("gives every value of a header", async () => {
    const url = await serve((_, response) => response.setHeader("x-limit", ["1", "2"]).end());
    expect((await post(url)).headers.get("x-limit")).toBe("1, 2");
  });
});
