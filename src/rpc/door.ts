import type { HttpRequest, HttpResponse } from "./node-http.ts";
import type { RequestContext } from "./request-context.ts";

/** One way in: a protocol, or a group of pages. */
export interface Door {
  /** What is asked for, by a name of ours; undefined when the path belongs to another door. */
  nameOf(path: string, httpMethod: string): string | undefined;
  /** Answers a request whose path is its own. What it fails with is answered for it. */
  answer(
    path: string,
    request: HttpRequest,
    response: HttpResponse,
    context: RequestContext,
  ): void | Promise<void>;
}
