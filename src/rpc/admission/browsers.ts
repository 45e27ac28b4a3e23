import { cors as connectCors } from "@connectrpc/connect";
import cors from "cors";
import helmet from "helmet";
import type { HttpRequest, HttpResponse } from "../node-http.ts";

/** Which pages may call from a browser. */
export interface CorsSettings {
  /** Such as `https://app.example.com`; nothing else is let in. */
  readonly allowedOrigins: readonly string[];
  readonly allowCredentials: boolean;
  /** The header that carries an API key. */
  readonly apiKeyHeader: string;
}

/** Sets headers on an answer that is yet to come, and says whether the request has been answered with them. */
export type SetHeaders = (request: HttpRequest, response: HttpResponse) => boolean;

/** A browser asks again after this time whether it may call. */
const PREFLIGHT_MAX_AGE_SECONDS = 7_200;

const REQUEST_HEADERS = ["authorization", "x-request-id"];
const ANSWER_HEADERS = [
  "x-request-id",
  "retry-after",
  "ratelimit-limit",
  "ratelimit-remaining",
  "ratelimit-reset",
];

/** Lets the allowed origins call, with the headers that Connect and gRPC-Web need; answers preflights. */
export function createCors({ allowedOrigins, allowCredentials, apiKeyHeader }: CorsSettings): SetHeaders {
  const handle = cors({
    origin: [...allowedOrigins],
    credentials: allowCredentials,
    methods: [...connectCors.allowedMethods, "HEAD", "DELETE"],
    allowedHeaders: [...connectCors.allowedHeaders, ...REQUEST_HEADERS, apiKeyHeader],
    exposedHeaders: [...connectCors.exposedHeaders, ...ANSWER_HEADERS],
    maxAge: PREFLIGHT_MAX_AGE_SECONDS,
  });
  return (request, response) => {
    if (isGrpc(request)) return false;
    let isPassedOn = false;
    handle(request, response, () => (isPassedOn = true));
    return !isPassedOn;
  };
}

/** Tells browsers to be careful with answers: no sniffing, no framing, no scripts. */
export function createSecurityHeaders(): SetHeaders {
  const handle = helmet();
  return (request, response) => {
    if (isGrpc(request)) return false;
    handle(...([request, response, ignore] as unknown as Parameters<typeof handle>));
    return false;
  };
}

/** No browser speaks it, and it would carry these headers for nothing. */
function isGrpc({ headers }: HttpRequest): boolean {
  return /^application\/grpc(?!-web)/.test(headers["content-type"] ?? "");
}

function ignore(): void {
  // Helmet only sets headers.
}
