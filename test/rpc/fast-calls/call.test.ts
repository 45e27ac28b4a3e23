import { EventEmitter } from "node:events";
import { createContextValues } from "@connectrpc/connect";
import { describe, expect, it } from "@jest/globals";
import { ReportService } from "../../../gen/stepper/v1/report_service_pb.ts";
import { Call } from "../../../src/rpc/fast-calls/call.ts";
import type { HttpRequest, HttpResponse } from "../../../src/rpc/node-http.ts";

/** What a call needs of a response. */
function begin() {
  const response = Object.assign(new EventEmitter(), { destroyed: false });
  const call = new Call({
    method: ReportService.method.watchJob,
    request: {} as HttpRequest,
    response: response as unknown as HttpResponse,
    protocolName: "grpc",
    contextValues: createContextValues(),
    deadlineAtMs: undefined,
  });
  const leave = (): void => {
    response.destroyed = true;
    response.emit("close");
  };
  return { call, leave };
}

describe("the signal of a call", () => {
  it("is aborted when the client leaves", () => {
    const { call, leave } = begin();
    const { signal } = call;
    expect(signal.aborted).toBe(false);
    leave();
    expect(signal.reason).toMatchObject({ kind: "cancelled" });
  });

  it("is aborted for whoever asks for it after the client has left", () => {
    const { call, leave } = begin();
    leave();
    expect(call.signal.reason).toMatchObject({ kind: "cancelled" });
  });

  it("says nothing of a client that leaves after the call's end", () => {
    const { call, leave } = begin();
    const { signal } = call;
    call.end();
    leave();
    expect(signal.aborted).toBe(false);
  });
});
