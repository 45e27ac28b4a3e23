import { readFileSync } from "node:fs";
import { createServer } from "node:http2";
import { encodeEnvelope } from "@connectrpc/connect/protocol";
import { listen } from "./listen.ts";

/** What Node alone can do over HTTP/2: reads a body, and answers as gRPC does with the same bytes each time. */
const [, , , answerFile = ""] = process.argv;
const answer = Buffer.from(encodeEnvelope(0, readFileSync(answerFile)));

const server = createServer().on("stream", (stream) => {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  // The load ends in the midst of calls.
  stream.on("error", () => undefined);
  stream.once("end", () => {
    if (stream.destroyed) return;
    Buffer.concat(chunks);
    stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.end(answer);
  });
});
listen(server);
