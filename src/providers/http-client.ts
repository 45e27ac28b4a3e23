import type { Dispatcher } from "undici";
import { decodeBody } from "./decode-body.ts";
import { readBeginning, readWhole } from "./read-answer.ts";

/** How vendors are called over HTTP. */
export interface HttpClient {
  /** Sends text to an address, and answers when the body is there, which is bounded. Follows no redirect. */
  readonly fetch: typeof globalThis.fetch;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/** What fetch would say, unless the caller says otherwise. */
const USUAL_HEADERS = { accept: "*/*", "accept-encoding": "br, gzip, deflate", "user-agent": "undici" };

/** Answers that have no body, and may be given none. */
const BODILESS: readonly number[] = [204, 205, 304];

/**
 * `fetch` for vendors. Node's own gives an answer's headers five minutes, and a model that does not stream sends them
 * last; here the provider's timeout alone ends a call. Redirects are answers like others, because keys in headers such as
 * `x-api-key` would go along to the other host. It stands on undici's request, since undici's fetch takes several times
 * as long. Loaded in the background, since that takes a while, and the first calls should come on time.
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

/** Like `Headers`, but in a fraction of the time; undici checks names and values. */
function toHeaders(headers: NonNullable<RequestInit["headers"]> = {}): Record<string, string> {
  const given = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  const named = given.map(([name = "", value = ""]) => [name.toLowerCase(), String(value)]);
  return { ...USUAL_HEADERS, ...(Object.fromEntries(named) as Record<string, string>) };
}

async function toResponse({ statusCode, headers: sent, body }: Dispatcher.ResponseData): Promise<Response> {
  const init = { status: statusCode, headers: toPairs(sent) };
  // Whoever reads it is told; and what breaks when nobody does is no uncaught error.
  body.on("error", () => undefined);
  if (BODILESS.includes(statusCode)) {
    // The connection is free for the next call only when its answer has been read.
    body.resume();
    return new Response(null, init);
  }
  const decoded = decodeBody(body, [sent["content-encoding"] ?? []].flat().join());
  const isGood = statusCode >= 200 && statusCode < 300;
  return new Response(await (isGood ? readWhole(decoded).catch(toBroken) : readBeginning(decoded)), init);
}

/** A body that fails as it did, for whoever reads it. */
function toBroken(error: unknown): ReadableStream {
  return new ReadableStream({ start: (controller) => controller.error(error) });
}

function toPairs(sent: Dispatcher.ResponseData["headers"]): [string, string][] {
  return Object.entries(sent).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, value]),
  );
}
