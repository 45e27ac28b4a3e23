import type { Interceptor } from "@connectrpc/connect";
import { countText } from "../count-text.ts";
import { requestContextKey } from "../request-context.ts";

/** Counts a message by its texts: when it came compressed, its bytes said little of the memory that it takes. */
export const countMessage: Interceptor = (next) => (request) => {
  if (!request.stream)
    request.contextValues.get(requestContextKey)?.body.takeUpTo(countText(request.message));
  return next(request);
};
