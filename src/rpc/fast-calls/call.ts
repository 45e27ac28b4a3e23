import type { DescMethod } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import type { ContextValues, HandlerContext } from "@connectrpc/connect";
import { clientGone } from "../client-gone.ts";
import { isGone } from "../node-http.ts";
import type { HttpRequest, HttpResponse } from "../node-http.ts";

export interface CallInit<Method extends DescMethod> {
  readonly method: Method;
  readonly request: HttpRequest;
  readonly response: HttpResponse;
  readonly protocolName: string;
  readonly contextValues: ContextValues;
  /** When its time is up, by `performance.now()`. */
  readonly deadlineAtMs: number | undefined;
}

/**
 * What interceptors see of a call, and what its handler sees. Most of it is never asked for, and making it would take
 * longer than all the rest, so there are getters. They stand in a class, so that all calls share them: an object with
 * getters of its own has a shape of its own, which costs the garbage collector some ten microseconds.
 */
export class Call<Method extends DescMethod> implements HandlerContext {
  readonly requestMethod = "POST";
  readonly method: Method;
  readonly protocolName: string;
  readonly contextValues: ContextValues;
  readonly #request: HttpRequest;
  readonly #response: HttpResponse;
  readonly #deadlineAtMs: number | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(init: CallInit<Method>) {
    this.method = init.method;
    this.protocolName = init.protocolName;
    this.contextValues = init.contextValues;
    this.#request = init.request;
    this.#response = init.response;
    this.#deadlineAtMs = init.deadlineAtMs;
  }

  get service() {
    return this.method.parent;
  }

  get url(): string {
    return toUrl(this.#request).toString();
  }

  get values(): ContextValues {
    return this.contextValues;
  }

  get header(): Headers {
    return (this.#requestHeader ??= toHeaders(this.#request));
  }

  get requestHeader(): Headers {
    return this.header;
  }

  get responseHeader(): Headers {
    return (this.#responseHeader ??= new Headers());
  }

  get responseTrailer(): Headers {
    return (this.#responseTrailer ??= new Headers());
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#createController();
    return this.#controller.signal;
  }

  timeoutMs = (): number | undefined =>
    this.#deadlineAtMs === undefined ? undefined : this.#deadlineAtMs - performance.now();

  /** Headers and trailers that somebody has asked for, perhaps to set some. */
  touched(): { readonly header: Headers | undefined; readonly trailer: Headers | undefined } {
    return { header: this.#responseHeader, trailer: this.#responseTrailer };
  }

  /** Nobody waits any more. */
  end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  #createController(): AbortController {
    const controller = new AbortController();
    const leave = (): void => {
      if (!this.#isOver) controller.abort(clientGone());
    };
    // A handler may ask for its signal late, when nothing more would tell of it.
    if (isGone(this.#response)) leave();
    else this.#response.once("close", leave);
    if (this.#deadlineAtMs !== undefined) this.#endAt(this.#deadlineAtMs, controller);
    return controller;
  }

  #endAt(deadlineAtMs: number, controller: AbortController): void {
    const late = (): void =>
      controller.abort(new ConnectError("the operation timed out", Code.DeadlineExceeded));
    const leftMs = deadlineAtMs - performance.now();
    if (leftMs > 0) this.#timer = setTimeout(late, leftMs);
    else late();
  }
}

/** The address of a request; throws when it is none. */
export function toUrl(request: HttpRequest): URL {
  const isEncrypted = "encrypted" in request.socket && request.socket.encrypted;
  const authority = ("authority" in request ? request.authority : request.headers.host) ?? "";
  return new URL(request.url ?? "", `${isEncrypted ? "https" : "http"}://${authority}`);
}

function toHeaders({ headers }: HttpRequest): Headers {
  const all = new Headers();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(":") || value === undefined) continue;
    for (const each of typeof value === "string" ? [value] : value) all.append(name, each);
  }
  return all;
}
