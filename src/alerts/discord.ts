import { forwardAborts } from "../core/forward-aborts.ts";
import type { Clock } from "../core/ports.ts";
import type { Logger } from "../telemetry/logger.ts";
import type { AlertKind, AlertMessage, SendAlert } from "./alert.ts";

interface DiscordOptions {
  /** A secret: whoever knows it can write into the channel. */
  readonly webhookUrl: string;
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  readonly logger: Logger;
}

const RED = 0xd6_3a_3a;
const GREEN = 0x2e_a0_43;

const HEADINGS: Readonly<Record<AlertKind, { readonly title: string; readonly color: number }>> = {
  circuit_opened: { title: "A provider's circuit has opened", color: RED },
  circuit_closed: { title: "A provider's circuit has closed again", color: GREEN },
  all_providers_failed: { title: "No provider wrote a report", color: RED },
  key_refused: { title: "A provider refuses its key", color: RED },
  engine_lost: { title: "Redis does not answer", color: RED },
  engine_back: { title: "Redis answers again", color: GREEN },
  job_failed: { title: "A job has failed for good", color: RED },
};

/** Longest text of a message; Discord takes 4,096 characters. */
const MAX_TEXT = 2_000;
const MAX_TRIES = 4;
/** More than these wait for Discord only when nothing is throttled; the rest is dropped. */
const MAX_WAITING = 50;
const TIMEOUT_MS = 10_000;
const RETRY_DELAY_MS = 2_000;
/** A rate limit that asks for more is not waited for. */
const MAX_WAIT_MS = 120_000;

/** What to do after an answer: nothing more, try again later, or give up and say why. */
type NextStep = { readonly retryMs: number } | { readonly failure: string } | undefined;

/**
 * Sends alerts to a Discord webhook, one after another, and waits when Discord says so.
 * @see https://discord.com/developers/docs/resources/webhook#execute-webhook
 * @see https://discord.com/developers/docs/topics/rate-limits
 */
export function createDiscordSender({ webhookUrl, fetch, clock, logger }: DiscordOptions): SendAlert {
  let last: Promise<void> = Promise.resolve();
  let waiting = 0;
  let nextAtMs = 0;

  async function post(message: AlertMessage, signal: AbortSignal): Promise<NextStep> {
    const giveUp = new AbortController();
    const stopForwarding = forwardAborts([signal, AbortSignal.timeout(TIMEOUT_MS)], giveUp);
    try {
      const response = await fetch(webhookUrl, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(toBody(message, clock.now())),
        redirect: "error",
        signal: giveUp.signal,
      });
      await response.body?.cancel();
      const { headers } = response;
      // Of the bucket that this call has emptied.
      if (headers.get("x-ratelimit-remaining") === "0") waitFor(toMs(headers.get("x-ratelimit-reset-after")));
      if (response.status === 429) return { retryMs: toMs(headers.get("retry-after")) ?? RETRY_DELAY_MS };
      if (response.status >= 500) return { retryMs: RETRY_DELAY_MS };
      return response.ok ? undefined : { failure: `Discord answered ${response.status}` };
    } catch {
      // Its error may name the webhook's address.
      return { retryMs: RETRY_DELAY_MS };
    } finally {
      stopForwarding();
    }
  }

  function waitFor(ms = 0): void {
    nextAtMs = Math.max(nextAtMs, clock.monotonicMs() + ms);
  }

  /** Undefined when it has been sent, else why it was not. */
  async function deliver(message: AlertMessage, signal: AbortSignal): Promise<string | undefined> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const waitMs = nextAtMs - clock.monotonicMs();
      if (waitMs > MAX_WAIT_MS) return "Discord asks to be left alone for long";
      if (waitMs > 0) await clock.sleep(waitMs, signal);
      if (signal.aborted) return "the process ends";
      const next = await post(message, signal);
      if (next === undefined) return undefined;
      if ("failure" in next) return next.failure;
      waitFor(next.retryMs);
    }
    return `Discord did not take it in ${MAX_TRIES} tries`;
  }

  async function deliverNext(message: AlertMessage, signal: AbortSignal): Promise<void> {
    waiting += 1;
    const previous = last;
    const delivered = (async () => {
      await previous;
      const failure = waiting > MAX_WAITING ? "too many wait" : await deliver(message, signal);
      waiting -= 1;
      if (failure !== undefined) logger.warn({ alert: message.kind, failure }, "an alert was not sent");
    })();
    last = delivered;
    return delivered;
  }

  return deliverNext;
}

/** Seconds in a header, as Discord writes them, with fractions; undefined when it is not there. */
function toMs(seconds: string | null): number | undefined {
  const ms = Math.ceil(Number(seconds ?? NaN) * 1_000);
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function toBody({ kind, text, heldBack }: AlertMessage, nowMs: number) {
  const others = `${heldBack} more of this kind ${heldBack === 1 ? "was" : "were"} held back before it.`;
  return {
    username: "stepper",
    embeds: [
      {
        ...HEADINGS[kind],
        description: text.slice(0, MAX_TEXT),
        timestamp: new Date(nowMs).toISOString(),
        ...(heldBack > 0 && { footer: { text: others } }),
      },
    ],
    // Nothing in a repository's name calls people.
    allowed_mentions: { parse: [] },
  };
}
