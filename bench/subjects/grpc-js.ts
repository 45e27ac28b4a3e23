import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** A bare grpc-js server: decodes the request, and encodes the same answer each time. */
const [, , rpc = "", answerFile = ""] = process.argv;
const PROTO = "stepper/v1/report_service.proto";
const folder = fileURLToPath(new URL("../../proto", import.meta.url));
const loaded = loadSync(PROTO, { includeDirs: [folder], longs: String, defaults: false });
const definition = loaded["stepper.v1.ReportService"] as grpc.ServiceDefinition;
const answer: unknown = definition[rpc]?.responseDeserialize(readFileSync(answerFile));

const server = new grpc.Server();
server.addService(definition, {
  [rpc]: (_: grpc.ServerUnaryCall<unknown, unknown>, callback: grpc.sendUnaryData<unknown>) =>
    callback(null, answer),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) =>
  process.send?.({ port }),
);
