const LINE_END = "\r\n";

/**
 * Cuts a connection with Redis, in either direction, into its commands or answers (RESP 2,
 * https://redis.io/docs/latest/develop/reference/protocol-spec): takes what came, gives what has become whole.
 */
export function createFrameCutter(): (chunk: Buffer) => readonly Buffer[] {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Buffer[] = [];
    for (;;) {
      const end = findEnd(rest, 0);
      if (end === undefined) return frames;
      frames.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}

/** Where the frame ends that begins at `start`; undefined while a part of it is still to come. */
function findEnd(bytes: Buffer, start: number): number | undefined {
  const lineEnd = bytes.indexOf(LINE_END, start);
  if (lineEnd === -1) return undefined;
  const type = String.fromCharCode(bytes[start] ?? 0);
  const afterLine = lineEnd + LINE_END.length;
  const length = Number(bytes.toString("latin1", start + 1, lineEnd));
  if (type === "$" && length >= 0) return within(bytes, afterLine + length + LINE_END.length);
  if (type === "*") return findEndOfAll(bytes, afterLine, length);
  return afterLine;
}

function findEndOfAll(bytes: Buffer, start: number, count: number): number | undefined {
  let end: number | undefined = start;
  for (let left = count; left > 0 && end !== undefined; left -= 1) end = findEnd(bytes, end);
  return end;
}

function within(bytes: Buffer, end: number): number | undefined {
  return end <= bytes.length ? end : undefined;
}
