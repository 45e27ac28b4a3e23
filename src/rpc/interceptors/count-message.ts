import type { Interceptor } from "@connectrpc/connect";
import { requestContextKey } from "../request-context.ts";

/** Counts a message by its texts: when it came compressed, its bytes said little of the memory that it takes. */
export const countMessage: Interceptor = (next) => (request) => {
  if (!request.stream)
    request.contextValues.get(requestContextKey)?.body.takeUpTo(countText(request.message));
  return next(request);
};

/** Characters of all texts inside of a value, however deep. */
function countText(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  return Object.values(value).reduce((sum: number, part: unknown) => sum + countText(part), 0);
}
