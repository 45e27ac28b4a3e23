import type { DescMethodServerStreaming, Message } from "@bufbuild/protobuf";
import type { StreamRequest } from "@connectrpc/connect";
import { Call } from "./call.ts";
import type { CallInit } from "./call.ts";

/** A call with one message that is answered with many. */
export class StreamCall extends Call<DescMethodServerStreaming> implements StreamRequest {
  readonly stream = true;
  readonly only: Message;

  constructor(init: CallInit<DescMethodServerStreaming>, only: Message) {
    super(init);
    this.only = only;
  }

  get message(): AsyncIterable<Message> {
    return once(this.only);
  }
}

// eslint-disable-next-line @typescript-eslint/require-await -- interceptors are given all messages in this form
async function* once(message: Message): AsyncGenerator<Message, void> {
  yield message;
}
