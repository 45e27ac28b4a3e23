import type { Dispatcher } from "undici";
import { decodeBody } from "./decode-body.ts";
import { readBeginning, readWhole } from "./read-answer.ts";

/** How vendors are called over HTTP. */
export interface HttpClient {
  /** Posts text to an address, and answers when the answer's body is there, which is bounded. Follows no redirect. */
  readonly post: (url: string | URL, request: TextRequest) => Promise<TextAnswer>;
  /** The same for those who speak `fetch`; their answer's body then takes as long again. */
  readonly fetch: typeof globalThis.fetch;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

interface TextRequest {
  readonly headers: NonNullable<RequestInit["headers"]>;
  readonly body: string;
  readonly signal?: AbortSignal | null;
}

interface TextAnswer {
  readonly status: number;
  readonly headers: [name: string, value: string][];
  /** @throws what broke the body, or that it has no end. */
  readonly read: () => Buffer;
}

/**
 * What fetch would say, unless the caller says otherwise. It asks for `deflate`, too, by which servers mean two different
 * formats.
 */
const USUAL_HEADERS = { accept: "*/*", "accept-encoding": "br, gzip", "user-agent": "undici" };

/** Answers that have no body, and may be given none. */
const BODILESS: readonly number[] = [204, 205, 304];

/**
 * Calls vendors. Node's own `fetch` gives an answer's headers five minutes, and a model that does not stream sends them
 * last; here the provider's timeout alone ends a call. Redirects are answers like others, because keys in headers such as
 * `x-api-key` would go along to the other host. It stands on undici's request, since undici's fetch takes several times
 * as long. Loaded in the background, since that takes a while, and the first calls should come on time.
 */
export function createHttpClient(): HttpClient {
  const loading = import("undici").then(({ Agent, request }) => ({
    request,
    dispatcher: new Agent({ headersTimeout: 0, bodyTimeout: 0 }),
  }));

  async function post(url: string | URL, { headers, body, signal = null }: TextRequest): Promise<TextAnswer> {
    const { request, dispatcher } = await loading;
    const options = { method: "POST", headers: toHeaders(headers), body, signal, dispatcher } as const;
    return toAnswer(await request(url, options));
  }

  return {
    post,
    fetch: async (input, { method, headers = {}, body, signal = null } = {}) => {
      if (method !== "POST" || typeof body !== "string") throw new TypeError("only text can be posted");
      return toResponse(await post(input instanceof Request ? input.url : input, { headers, body, signal }));
    },
    close: async () => (await loading).dispatcher.destroy(),
  };
}

/** Like `Headers`, but in a fraction of the time; undici checks names and values. */
function toHeaders(headers: TextRequest["headers"]): Record<string, string> {
  const given = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  const named = given.map(([name = "", value = ""]) => [name.toLowerCase(), String(value)]);
  return { ...USUAL_HEADERS, ...(Object.fromEntries(named) as Record<string, string>) };
}

async function toAnswer({ statusCode: status, headers, body }: Dispatcher.ResponseData): Promise<TextAnswer> {
  // Whoever reads it is told; and what breaks when nobody does is no uncaught error.
  body.on("error", () => undefined);
  const decoded = decodeBody(body, [headers["content-encoding"] ?? []].flat().join());
  const isGood = status >= 200 && status < 300;
  const read = await (isGood ? readWhole(decoded) : readBeginning(decoded)).then(toRead, toFailure);
  return { status, headers: toPairs(headers), read };
}

const toRead = (bytes: Buffer) => (): Buffer => bytes;

const toFailure = (error: unknown) => (): never => {
  throw error;
};

/** The last that a Response can have. */
const LAST_STATUS = 599;

function toResponse({ status: sent, headers, read }: TextAnswer): Response {
  // RFC 9110 section 15: a status from a class that nobody knows is to be taken for a 5xx.
  const status = Math.min(sent, LAST_STATUS);
  return new Response(BODILESS.includes(status) ? null : toBody(read), { status, headers });
}

/** The body, or one that fails as it did. */
function toBody(read: TextAnswer["read"]): Buffer | ReadableStream {
  try {
    return read();
  } catch (error) {
    return new ReadableStream({ start: (controller) => controller.error(error) });
  }
}

/** With one character for each byte of a value, as fetch has it: undici reads them as UTF-8, which `Headers` refuses. */
function toPairs(sent: Dispatcher.ResponseData["headers"]): [string, string][] {
  return Object.entries(sent).flatMap(([name, values = []]) =>
    [values].flat().map((value): [string, string] => [name, Buffer.from(value).toString("latin1")]),
  );
}
