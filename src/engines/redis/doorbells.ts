import type { Redis } from "ioredis";

/** Rings by channel: one subscription in Redis serves every watcher of a job in this process. */
export interface Doorbells {
  /** Resolves when Redis has taken the subscription: what is published from then on rings. */
  subscribe(channel: string, ring: () => void): Promise<() => void>;
  close(): Promise<void>;
}

/** Hangs doorbells on a connection that does nothing else. */
export function createDoorbells(subscriber: Redis): Doorbells {
  const rings = new Map<string, Set<() => void>>();
  const ringChannel = (channel: string): void => rings.get(channel)?.forEach((ring) => ring());
  let wasReady = subscriber.status === "ready";
  // What was published while the connection was down rang nowhere: so everybody looks again once it is back.
  const ringAll = (): void => {
    if (wasReady) rings.forEach((set) => set.forEach((ring) => ring()));
    wasReady = true;
  };
  subscriber.on("message", ringChannel);
  subscriber.on("ready", ringAll);

  function remove(channel: string, ring: () => void): void {
    const set = rings.get(channel);
    if (set?.delete(ring) !== true || set.size > 0) return;
    rings.delete(channel);
    // A connection that is down forgets the channel by itself: it subscribes anew to what is still wanted.
    void subscriber.unsubscribe(channel).catch(() => undefined);
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
      subscriber.off("ready", ringAll);
      return Promise.resolve();
    },
  };
}
