import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createChat } from "../github-webhook/chat.ts";
import type { Commit } from "../github-webhook/push-event.ts";
import { createPushServer } from "../github-webhook/push-server.ts";
import { toFailureMessage, toReportMessage } from "../github-webhook/report-message.ts";
import { requireUrl } from "../github-webhook/require-url.ts";
import { createReportClient } from "./report-client.ts";

/** On shutdown, reports get this long to be finished. */
const GRACE_MS = 25_000;

const { WEBHOOK_SECRET, STEPPER_API_KEY, PORT = "8080" } = process.env;
const { STEPPER_URL = "http://localhost:3001" } = process.env;
const chat = createChat(requireUrl("CHAT_WEBHOOK_URL", "the URL of your chat's incoming webhook"));
const client = createReportClient({ url: STEPPER_URL, apiKey: STEPPER_API_KEY });
const running = new Set<Promise<void>>();
const stopping = new AbortController();

async function reportOn(commit: Commit): Promise<void> {
  const message = await client.makeReport(commit, stopping.signal).then(
    (report) => toReportMessage(commit, report),
    (error: unknown) => toFailureMessage(commit, error instanceof Error ? error.message : String(error)),
  );
  await chat.post(message);
}

const server = createPushServer({
  secret: WEBHOOK_SECRET,
  onCommit: (commit) => {
    const run = reportOn(commit)
      .catch((error: unknown) => void process.stderr.write(`${commit.commitSha}: ${String(error)}\n`))
      .finally(() => running.delete(run));
    running.add(run);
  },
});
server.listen(Number(PORT));
await once(server, "listening");
process.stdout.write(`waiting for pushes on port ${(server.address() as AddressInfo).port}\n`);

async function stop(): Promise<void> {
  server.close();
  const timer = setTimeout(() => stopping.abort(new Error("this program was stopped")), GRACE_MS);
  await Promise.all(running);
  clearTimeout(timer);
  client.close();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
