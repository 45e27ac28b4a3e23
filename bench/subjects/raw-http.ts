import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { listen } from "./listen.ts";

/** What Node alone can do over HTTP/1.1: reads a body, and answers with the same bytes each time. */
const [, , , answerFile = ""] = process.argv;
const answer = readFileSync(answerFile);
const headers = { "content-type": "application/json", "content-length": answer.byteLength };

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.once("end", () => {
    Buffer.concat(chunks);
    response.writeHead(200, headers).end(answer);
  });
});
listen(server);
