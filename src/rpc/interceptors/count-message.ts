import type { Interceptor } from "@connectrpc/connect";
import { countText } from "../count-text.ts";
import { requestContextKey } from "../request-context.ts";

/** Counts a message that came compressed by its texts, once it is there. */
export const countMessage: Interceptor = (next) => (request) => {
  const context = request.contextValues.get(requestContextKey);
  if (context?.isCompressed && !request.stream) context.body.takeUpTo(countText(request.message));
  return next(request);
};
