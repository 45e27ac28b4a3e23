import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { close, enqueueReport, getJob, registerCallbacks } from "@commitdiary/stepper";
import { createChat } from "../github-webhook/chat.ts";
import type { Commit } from "../github-webhook/push-event.ts";
import { createPushServer } from "../github-webhook/push-server.ts";
import { toFailureMessage, toReportMessage } from "../github-webhook/report-message.ts";
import { requireUrl } from "../github-webhook/require-url.ts";

const { WEBHOOK_SECRET, PORT = "8080" } = process.env;
const chat = createChat(requireUrl("CHAT_WEBHOOK_URL", "the URL of your chat's incoming webhook"));

// Exactly one of these runs for each job. What they throw is logged by stepper.
registerCallbacks({
  onSuccess: (_jobId, _provider, report, commit) => chat.post(toReportMessage(commit, report)),
  onFallback: (_jobId, report, commit) => chat.post(toReportMessage(commit, report)),
  onFailure: async (jobId, errors) => {
    const reason = errors.at(-1)?.message ?? "unknown";
    await chat.post(toFailureMessage(await getJob(jobId), reason));
  },
});

async function enqueue(commit: Commit): Promise<void> {
  const answer = await enqueueReport(commit);
  // A report that is fresh in the cache has no job, and so no callback.
  if (answer.status === 200 && answer.jobId === undefined) {
    await chat.post(toReportMessage(commit, answer.data));
  }
}

const server = createPushServer({
  secret: WEBHOOK_SECRET,
  onCommit: (commit) => {
    enqueue(commit).catch((error: unknown) => {
      process.stderr.write(`no report on ${commit.commitSha}: ${String(error)}\n`);
    });
  },
});
server.listen(Number(PORT));
await once(server, "listening");
process.stdout.write(`waiting for pushes on port ${(server.address() as AddressInfo).port}\n`);

async function stop(): Promise<void> {
  server.close();
  // Lets running jobs and their callbacks finish, for 30 seconds at most.
  await close();
}
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void stop());
