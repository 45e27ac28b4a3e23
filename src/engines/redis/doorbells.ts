import type { RedisClient } from "./connections.ts";

/** Rings by channel: one subscription in Redis serves every watcher of a job in this process. */
export interface Doorbells {
  /** Resolves when Redis has taken the subscription: what is published from then on rings. */
  subscribe(channel: string, ring: () => void): Promise<() => void>;
  close(): void;
}

/**
 * Hangs doorbells on a connection that does nothing else. What was published while it was down rang nowhere: so once
 * it is back and has subscribed anew, everybody is rung to look again.
 */
export function createDoorbells(subscriber: RedisClient): Doorbells {
  const rings = new Map<string, Set<() => void>>();
  const ringChannel = (channel: string): void => rings.get(channel)?.forEach((ring) => ring());

  let wasReady = subscriber.status === "ready";
  function subscribeAnew(): void {
    const isBack = wasReady;
    wasReady = true;
    const channels = [...rings.keys()];
    // What was subscribed to before the first connection waits for it by itself.
    if (!isBack || channels.length === 0) return;
    // If it fails the connection has broken again, and this runs again.
    void subscriber.subscribe(...channels).then(
      () => channels.forEach(ringChannel),
      () => undefined,
    );
  }
  subscriber.on("message", ringChannel);
  subscriber.on("ready", subscribeAnew);

  function remove(channel: string, ring: () => void): void {
    const set = rings.get(channel);
    if (set?.delete(ring) !== true || set.size > 0) return;
    rings.delete(channel);
    // A connection that is down forgets the channel by itself.
    if (subscriber.status === "ready") subscriber.unsubscribe(channel).catch(() => undefined);
  }

  return {
    subscribe: async (channel, ring) => {
      const set = rings.get(channel) ?? new Set();
      rings.set(channel, set.add(ring));
      try {
        await subscriber.subscribe(channel);
      } catch (error) {
        remove(channel, ring);
        throw error;
      }
      return () => remove(channel, ring);
    },
    close: () => {
      rings.clear();
      subscriber.off("message", ringChannel);
      subscriber.off("ready", subscribeAnew);
    },
  };
}
