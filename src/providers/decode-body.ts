import { pipeline } from "node:stream";
import type { Readable, Transform } from "node:stream";
import { constants, createBrotliDecompress, createGunzip, createInflate } from "node:zlib";

/** Each of them costs memory, and nobody needs more than one. */
const MAX_CODINGS = 5;

const LENIENT = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const LENIENT_BROTLI = {
  flush: constants.BROTLI_OPERATION_FLUSH,
  finishFlush: constants.BROTLI_OPERATION_FLUSH,
};

/** As lenient as a browser with how a body ends: what has come of it is kept. */
const DECODERS = new Map<string, () => Transform>([
  ["gzip", () => createGunzip(LENIENT)],
  ["x-gzip", () => createGunzip(LENIENT)],
  ["deflate", () => createInflate(LENIENT)],
  ["br", () => createBrotliDecompress(LENIENT_BROTLI)],
]);

/**
 * A body as it was before `Content-Encoding`; as it came when that names something unknown, as fetch has it.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4
 */
export function decodeBody(body: Readable, contentEncoding: string): Readable {
  if (contentEncoding === "") return body;
  const codings = contentEncoding.toLowerCase().split(",").reverse();
  const makers = codings.flatMap((coding) => DECODERS.get(coding.trim()) ?? []);
  if (makers.length < codings.length) return body;
  if (makers.length > MAX_CODINGS) return body.destroy(new Error("the answer is encoded too often"));
  const decoders = makers.map((make) => make());
  // Whoever reads the last one sees the error of any.
  pipeline([body, ...decoders], () => undefined);
  return decoders.at(-1)?.on("error", () => undefined) ?? body;
}
