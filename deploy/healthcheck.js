// Asks the stepper of its own container for a page, for Docker's HEALTHCHECK: the image has no curl, and this heeds
// stepper's own HOST, PORT and TLS_…. Exit code 0 when it answers, 1 when it doesn't.
//
//   node healthcheck.js /livez    whether the process answers
//   node healthcheck.js /readyz   whether it takes work: no while Redis is away
import * as http from "node:http";
import * as https from "node:https";
import * as tls from "node:tls";

const TIMEOUT_MS = 3_000;
const WILDCARDS = { "0.0.0.0": "127.0.0.1", "::": "::1" };

const [, , path = "/livez"] = process.argv;
const { env } = process;
const host = env.HOST || "0.0.0.0";
// Its certificate is for its clients, who know it by another name than this.
const address = {
  host: WILDCARDS[host] ?? host,
  port: Number(env.PORT || 3001),
  rejectUnauthorized: false,
};

function end(isWell) {
  process.exit(isWell ? 0 : 1);
}

/** An API key that is asked for, or a limit on calls, is an answer of a server that works. */
function judge({ statusCode }) {
  end(statusCode < 500);
}

setTimeout(end, TIMEOUT_MS, false);
if (env.TLS_CLIENT_CA_FILE) {
  // Without a client's certificate there is no page, but it shakes hands.
  tls.connect(address, () => end(true)).on("error", () => end(false));
} else {
  const { get } = env.TLS_CERT_FILE ? https : http;
  get({ ...address, path, agent: false }, judge).on("error", () => end(false));
}
