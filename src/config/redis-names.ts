/** True for `redis://` and `rediss://` addresses; several, separated by commas, must be of one kind. */
export function isRedisUrl(url: string): boolean {
  const nodes = url.split(",").map((node) => node.trim());
  const protocols = nodes.map((node) => (URL.canParse(node) ? new URL(node).protocol : ""));
  return protocols.every((protocol) => /^rediss?:$/.test(protocol) && protocol === protocols[0]);
}

export const REDIS_URL_PROBLEM = "must be a redis:// or rediss:// URL, or several of a cluster's nodes";

/** Braces would end the hash tag that keeps all keys in one slot of a cluster. */
export const KEY_PREFIX_PATTERN = /^[^{}\s]{1,64}$/;
export const KEY_PREFIX_PROBLEM = "must be 1 to 64 characters without braces and spaces";

/** BullMQ separates the parts of its keys by colons. */
export const QUEUE_NAME_PATTERN = /^[^:{}\s]{1,64}$/;
export const QUEUE_NAME_PROBLEM = "must be 1 to 64 characters without colons, braces and spaces";
