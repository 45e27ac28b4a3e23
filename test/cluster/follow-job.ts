import { Code, ConnectError } from "@connectrpc/connect";
import type { ReportServiceClient } from "./fleet.ts";

/** What one watcher saw of a job. */
export interface Followed {
  readonly jobId: string;
  /** `seq` and kind of each event, in the order in which they came. */
  readonly events: readonly (readonly [number, string | undefined])[];
  /** How often its stream ended with UNAVAILABLE, and it went on elsewhere. */
  readonly moves: number;
}

/** A watcher's view of who can be asked. */
export interface Route {
  /** Where the watch begins. */
  readonly first: ReportServiceClient;
  /** Where it goes on when a stream has ended with UNAVAILABLE. */
  next(failed: ReportServiceClient): ReportServiceClient;
  /** Told of each event. */
  onEvent?(kind: string | undefined): void;
}

/**
 * Watches a job to the end of its last stream, as a client does that takes the contract at its word: a stream that ends
 * with UNAVAILABLE goes on at another replica, behind the last event that was seen.
 * @throws whatever else ends a stream.
 */
export async function followJob(jobId: string, route: Route): Promise<Followed> {
  const events: (readonly [number, string | undefined])[] = [];
  let client = route.first;
  for (let moves = 0; ; moves += 1) {
    try {
      const afterSeq = BigInt(events.at(-1)?.[0] ?? 0);
      for await (const { seq, event } of client.watchJob({ jobId, afterSeq })) {
        if (event.case === "heartbeat") continue;
        events.push([Number(seq), event.case]);
        route.onEvent?.(event.case);
      }
      return { jobId, events, moves };
    } catch (error) {
      if (ConnectError.from(error).code !== Code.Unavailable) throw error;
      client = route.next(client);
    }
  }
}

/** A watch that stays where it begins. */
export function watchAt(client: ReportServiceClient, jobId: string): Promise<Followed> {
  const next = (): never => {
    throw new Error("the replica has gone");
  };
  return followJob(jobId, { first: client, next });
}
