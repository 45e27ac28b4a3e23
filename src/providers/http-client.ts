import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { decodeBody } from "./decode-body.ts";

/** How vendors are called over HTTP. */
export interface HttpClient {
  /** Sends text to an address, and follows no redirect. */
  readonly fetch: typeof globalThis.fetch;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/** What fetch would say, unless the caller says otherwise. */
const USUAL_HEADERS = { accept: "*/*", "accept-encoding": "br, gzip, deflate", "user-agent": "undici" };

/** Answers that have no body, and may be given none. */
const BODILESS: readonly number[] = [204, 205, 304];

/**
 * `fetch` without time limits of its own. Node's gives an answer's headers five minutes, and a model that does not
 * stream sends them last; here the provider's timeout alone ends a call. It stands on undici's request, since undici's
 * fetch takes several times as long. Loaded in the background, since that takes a while, and the first calls should come
 * on time.
 */
export function createHttpClient(): HttpClient {
  const loading = import("undici").then(({ Agent, request }) => ({
    request,
    dispatcher: new Agent({ headersTimeout: 0, bodyTimeout: 0 }),
  }));
  return {
    fetch: async (input, init) => {
      const options = toOptions(init);
      const { request, dispatcher } = await loading;
      const url = input instanceof Request ? input.url : input;
      return toResponse(await request(url, { ...options, dispatcher }));
    },
    close: async () => (await loading).dispatcher.destroy(),
  };
}

function toOptions({ method = "GET", headers, body, signal }: RequestInit = {}) {
  if (typeof body !== "string") throw new TypeError("only text can be sent");
  return {
    method: method as Dispatcher.HttpMethod,
    headers: toHeaders(headers),
    body,
    signal: signal ?? null,
  };
}

function toHeaders(headers: RequestInit["headers"]): Record<string, string> {
  return { ...USUAL_HEADERS, ...Object.fromEntries(new Headers(headers)) };
}

function toResponse({ statusCode: status, headers: sent, body }: Dispatcher.ResponseData): Response {
  const headers = toResponseHeaders(sent);
  // Whoever reads it is told; and what breaks when nobody does is no uncaught error.
  body.on("error", () => undefined);
  if (!BODILESS.includes(status)) {
    return new Response(toStream(decodeBody(body, headers.get("content-encoding"))), { status, headers });
  }
  // The connection is free for the next call only when its answer has been read.
  body.resume();
  return new Response(null, { status, headers });
}

function toResponseHeaders(sent: Dispatcher.ResponseData["headers"]): Headers {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(sent)) {
    for (const value of [values].flat()) headers.append(name, value);
  }
  return headers;
}

/** Not by `Readable.toWeb`, which takes longer than the rest of the call, nor by `ReadableStream.from`, whose cancel waits. */
function toStream(body: Readable): ReadableStream<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array, undefined>;
  return new ReadableStream<Uint8Array>(
    {
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: () => void body.destroy(),
    },
    { highWaterMark: 0 },
  );
}
