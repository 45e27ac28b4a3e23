import { readFileSync } from "node:fs";
import * as http from "node:http";
import * as http2 from "node:http2";
import { fromBinary } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  EnqueueResponseSchema,
  GetResponseSchema,
  ReportService,
} from "../../gen/stepper/v1/report_service_pb.ts";
import { listen } from "./listen.ts";

/** A bare connect-node server: decodes the request, and encodes the same answer each time. */
const [, , rpc = "", answerFile = "", protocol = ""] = process.argv;
const bytes = readFileSync(answerFile);

const handler = connectNodeAdapter({
  routes: (router) => {
    if (rpc === "Enqueue") {
      const answer = fromBinary(EnqueueResponseSchema, bytes);
      router.rpc(ReportService.method.enqueue, () => answer);
    } else {
      const answer = fromBinary(GetResponseSchema, bytes);
      router.rpc(ReportService.method.get, () => answer);
    }
  },
});
listen(protocol === "http1" ? http.createServer(handler) : http2.createServer(handler));
