import { InvalidArgumentError, RequestError } from "../core/errors.ts";
import { clientGone } from "./client-gone.ts";
import type { HttpRequest } from "./node-http.ts";
import { toRequestError } from "./error-codes.ts";
import type { BodyShare } from "./limits/body-budget.ts";
import { createJsonCheck } from "./limits/json-check.ts";

interface JsonLimits {
  readonly maxBytes: number;
  readonly share: BodyShare;
}

/**
 * Reads a request's JSON body.
 * @throws {RequestError} `unsupported_media_type`, `too_large`, `invalid_argument`, `unavailable`
 */
export async function readJson(request: HttpRequest, limits: JsonLimits): Promise<unknown> {
  requireJson(request);
  const bytes = await readBody(request, limits);
  createJsonCheck()(bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new InvalidArgumentError([{ field: "", description: "the body is not valid JSON" }]);
  }
}

function requireJson({ headers }: HttpRequest): void {
  const [type = ""] = (headers["content-type"] ?? "").split(";");
  if (type.trim().toLowerCase() !== "application/json") {
    throw new RequestError("unsupported_media_type", "the body must be application/json");
  }
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    throw new RequestError("unsupported_media_type", "the body must not be compressed");
}

/** Collects the body. It does not destroy the request when it gives up, so that an answer still gets through. */
function readBody(request: HttpRequest, { maxBytes, share }: JsonLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const giveUp = (failure: RequestError): void => {
      request.removeListener("data", collect);
      request.pause();
      reject(failure);
    };
    const collect = (chunk: Buffer): void => {
      try {
        size += chunk.byteLength;
        if (size > maxBytes) throw tooLarge(maxBytes);
        share.takeChunk(chunk);
        chunks.push(chunk);
      } catch (failure) {
        giveUp(toRequestError(failure));
      }
    };
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
      giveUp(tooLarge(maxBytes));
      return;
    }
    request.on("data", collect);
    request.once("end", () => {
      share.join();
      resolve(Buffer.concat(chunks));
    });
    request.once("close", () => giveUp(clientGone()));
  });
}

function tooLarge(maxBytes: number): RequestError {
  return new RequestError("too_large", `the body must have at most ${maxBytes} bytes`);
}

/** A body must be an object; a field that is null counts as left out, as in protobuf's JSON. */
export function toFields(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new InvalidArgumentError([{ field: "", description: "the body must be a JSON object" }]);
  }
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
}
