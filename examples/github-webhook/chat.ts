import { setTimeout as sleep } from "node:timers/promises";

/** A channel that messages can be posted to. */
export interface Chat {
  /** @throws when the chat does not take the message. */
  post(text: string): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** Chats take a message a second or so: a push of many commits meets that limit. */
const MAX_ATTEMPTS = 5;
const DEFAULT_WAIT_SECONDS = 2;
const MAX_WAIT_SECONDS = 30;
const DISCORD_MAX_CHARACTERS = 2_000;

/** The incoming webhook of Slack, Mattermost, Rocket.Chat or Discord. */
export function createChat(webhookUrl: string): Chat {
  const isDiscord = /(^|\.)discord(app)?\.com$/.test(new URL(webhookUrl).hostname);
  const toBody = isDiscord ? toDiscordBody : toSlackBody;
  return {
    post: async (text) => {
      const body = JSON.stringify(toBody(text));
      for (let attempt = 1; ; attempt += 1) {
        const headers = { "content-type": "application/json" };
        const signal = AbortSignal.timeout(TIMEOUT_MS);
        const response = await fetch(webhookUrl, { method: "POST", headers, body, signal });
        await response.body?.cancel();
        if (response.ok) return;
        if (response.status !== 429 || attempt === MAX_ATTEMPTS)
          throw new Error(`the chat answered ${response.status}`);
        await sleep(toWaitMs(response.headers.get("retry-after")));
      }
    },
  };
}

function toWaitMs(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? DEFAULT_WAIT_SECONDS);
  return Math.min(Number.isFinite(seconds) ? seconds : DEFAULT_WAIT_SECONDS, MAX_WAIT_SECONDS) * 1_000;
}

/** A commit's words must not call everybody: neither Slack's `<!channel>` nor Mattermost's `@channel`. */
function toSlackBody(text: string) {
  const escaped = text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return { text: escaped.replaceAll(/@(?=(?:all|channel|everyone|here)\b)/gi, "@\u200b") };
}

/** A commit's words must not call anybody here either. */
function toDiscordBody(text: string) {
  const content = Array.from(text).slice(0, DISCORD_MAX_CHARACTERS).join("");
  return { content, allowed_mentions: { parse: [] } };
}
