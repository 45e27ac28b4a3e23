/** Frames of HTTP/2 as RFC 9113 has them, for what no client library would send. */
export const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

export function frame(type: number, flags: number, stream: number, payload = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** What a client begins with: RFC 9113 section 3.4, and settings that change nothing. */
export const GREETING = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  frame(FRAME.settings, 0, 0),
]);

/** `GET /livez` of `http://a`, without Huffman coding (RFC 7541 appendix A has the numbers). */
export const GET_LIVEZ = Buffer.concat([
  Buffer.from([0x82, 0x86, 0x44, 6]),
  Buffer.from("/livez"),
  Buffer.from([0x41, 1]),
  Buffer.from("a"),
]);

/** Literal fields with new names that are not indexed (RFC 7541 section 6.2.2), without Huffman coding. */
export function encodeHeaders(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Buffer<ArrayBuffer> {
  const text = (value: string): Buffer<ArrayBuffer> => {
    const bytes = Buffer.from(value, "latin1");
    if (bytes.length > 126) throw new Error("a length of more than one byte is not needed yet");
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  return Buffer.concat(
    Object.entries(headers).flatMap(([name, values]) =>
      [values].flat().map((value) => Buffer.concat([Buffer.from([0]), text(name), text(value)])),
    ),
  );
}

/** What a reset says. */
export function toResetCode(code: number): Buffer<ArrayBuffer> {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return payload;
}
