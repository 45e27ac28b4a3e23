import type { DescMethodUnary, Message } from "@bufbuild/protobuf";
import type { UnaryRequest, UnaryResponse } from "@connectrpc/connect";
import { Call } from "./call.ts";
import type { CallInit } from "./call.ts";

/** A call with one message each way. */
export class UnaryCall extends Call<DescMethodUnary> implements UnaryRequest {
  readonly stream = false;
  readonly message: Message;

  constructor(init: CallInit<DescMethodUnary>, message: Message) {
    super(init);
    this.message = message;
  }
}

/** What interceptors see of the answer. */
export class UnaryAnswer implements UnaryResponse {
  readonly stream = false;
  readonly message: Message;
  readonly #call: UnaryCall;

  constructor(call: UnaryCall, message: Message) {
    this.#call = call;
    this.message = message;
  }

  get method(): DescMethodUnary {
    return this.#call.method;
  }

  get service() {
    return this.#call.service;
  }

  get header(): Headers {
    return this.#call.responseHeader;
  }

  get trailer(): Headers {
    return this.#call.responseTrailer;
  }
}
