const LINE_FEED = 10;

/** Takes a part of a line; `startsLine` tells whether it is the first part. */
export type TakePiece = (piece: Buffer, startsLine: boolean) => void;

/** Cuts a stream of bytes at line ends without ever holding a whole line. */
export interface LinePieces {
  take(chunk: Buffer): void;
  end(): void;
}

/**
 * Hands each line on in pieces. A line may be endless (minified code), so it is not collected; only its first piece is
 * held back until it has `minStartBytes`, or is complete, so that the receiver can tell what kind of line it is.
 */
export function createLinePieces(minStartBytes: number, takePiece: TakePiece): LinePieces {
  let held: Buffer = Buffer.alloc(0);
  let startsLine = true;

  const pass = (piece: Buffer) => {
    takePiece(piece, startsLine);
    startsLine = piece.at(-1) === LINE_FEED;
  };

  return {
    take(chunk) {
      let rest = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
      held = Buffer.alloc(0);
      while (rest.length > 0) {
        const lineFeed = rest.indexOf(LINE_FEED);
        if (startsLine && lineFeed < 0 && rest.length < minStartBytes) {
          held = rest;
          return;
        }
        const length = lineFeed < 0 ? rest.length : lineFeed + 1;
        pass(rest.subarray(0, length));
        rest = rest.subarray(length);
      }
    },
    end() {
      if (held.length > 0) pass(held);
    },
  };
}
