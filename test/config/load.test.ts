import { describe, expect, it } from "@jest/globals";
import { loadConfig } from "../../src/config/load.ts";
import { environmentSchema } from "../../src/config/schema.ts";
import { CONTRACT_DEFAULTS } from "./contract-defaults.ts";
import { problemsOf } from "./problems-of.ts";

describe("loadConfig", () => {
  it("takes the contract's defaults for an empty environment, and has no variable besides", () => {
    expect(loadConfig({})).toEqual(CONTRACT_DEFAULTS);
    expect(Object.keys(environmentSchema.shape).sort()).toEqual(Object.keys(CONTRACT_DEFAULTS).sort());
  });

  it.each([
    ["empty", ""],
    ["blank", " \t"],
  ])("takes an %s value for unset, but for a rate, which is then unlimited", (_, value) => {
    const names = Object.keys(CONTRACT_DEFAULTS);
    const rates = names.filter((name) => name.endsWith("_RPS")).map((name) => [name, undefined]);
    expect(rates).toHaveLength(6);
    const config = loadConfig(Object.fromEntries(names.map((name) => [name, value])));
    expect(config).toEqual({ ...CONTRACT_DEFAULTS, ...Object.fromEntries(rates) });
  });

  it("leaves variables alone that it does not know", () => {
    const config = loadConfig({ PATH: "/bin", PORTS: "x", STEPPER_UNHEARD_OF: "1" });
    expect(config).toEqual(CONTRACT_DEFAULTS);
  });

  it("is frozen", () => {
    expect(Object.isFrozen(loadConfig({}))).toBe(true);
  });
});

describe("a value is read", () => {
  it.each([
    ["PORT", "0", 0],
    ["PORT", "65535", 65_535],
    ["PORT", " 080 ", 80],
    ["HOST", " ::1 ", "::1"],
    ["LOG_LEVEL", "silent", "silent"],
    ["NODE_ENV", "test", "test"],
    ["SHUTDOWN_TIMEOUT_MS", "0", 0],
    ["JOB_TIMEOUT_MS", "2147483647", 2_147_483_647],
    ["CACHE_STALE_AFTER_SECONDS", "0", 0],
    ["CACHE_STALE_WHILE_REVALIDATE", "false", false],
    ["CIRCUIT_ERROR_PERCENT", "100", 100],
    ["GEMINI_RPS", "0.5", 0.5],
    ["GEMINI_RPS", " 12 ", 12],
    ["GEMINI_BASE_URL", "https://proxy.example/v1//", "https://proxy.example/v1"],
    ["OPENAI_COMPATIBLE_URL", "http://localhost:11434/v1", "http://localhost:11434/v1"],
    ["PROVIDER_ORDER", "cohere, gemini", ["cohere", "gemini"]],
    ["PROVIDER_ORDER", " , ", CONTRACT_DEFAULTS.PROVIDER_ORDER],
    [
      "CORS_ALLOWED_ORIGINS",
      "https://a.example,, https://b.example ,",
      ["https://a.example", "https://b.example"],
    ],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/", "http://collector:4318"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=1, b = x%20=%2C", { a: "1", b: "x =," }],
    ["CORS_ALLOWED_ORIGINS", "HTTPS://A.example:443/", ["https://a.example"]],
    [
      "STEPPER_API_KEYS",
      "acme=one, other = t=w=o ",
      [
        { tenant: "acme", key: "one" },
        { tenant: "other", key: "t=w=o" },
      ],
    ],
    ["API_KEY_HEADER", "X-Stepper-Key", "x-stepper-key"],
    ["TRUST_PROXY", "10.0.0.0/8, ::1, loopback", ["10.0.0.0/8", "::1", "loopback"]],
    ["TRUST_PROXY", "1", 1],
    ["TRUST_PROXY", "true", true],
    ["TRUST_PROXY", "false", undefined],
  ])("of %s from %j", (name, text, value) => {
    expect(loadConfig({ [name]: text })).toEqual({ ...CONTRACT_DEFAULTS, [name]: value });
  });
});

describe("a bad value is reported by its variable's name", () => {
  const wholeNumber = (bounds: string) => `must be a whole number ${bounds}`;
  const timer = wholeNumber("from 1 to 2147483647");
  const rate = "must be a number above 0, or empty for no limit";
  const url = "must be an http or https URL";
  const sendable = "must be of visible ASCII characters, without spaces: it is sent in a header";
  const tenantKey =
    "must be tenant=key, with a tenant of 1 to 64 letters, digits, dots, dashes or underscores, and a key without spaces";
  const origin = "which is no origin: it must be like https://app.example.com, without a path";
  const proxies = "must be true, a number of proxies, or addresses such as 10.0.0.0/8 or loopback";

  it.each([
    ["PORT", "65536", wholeNumber("from 0 to 65535")],
    ["METRICS_PORT", "65536", wholeNumber("from 0 to 65535")],
    ["PORT", "http", wholeNumber("from 0 to 65535")],
    ["PORT", "-1", wholeNumber("from 0 to 65535")],
    ["PORT", "3001.5", wholeNumber("from 0 to 65535")],
    ["PORT", "3e3", wholeNumber("from 0 to 65535")],
    ["PORT", "0x10", wholeNumber("from 0 to 65535")],
    ["JOB_ATTEMPTS", "0", wholeNumber("from 1 to 100")],
    ["QUEUE_CONCURRENCY", "0", wholeNumber("from 1 to 10000")],
    ["QUEUE_MAX_WAITING", "0", wholeNumber("of at least 1")],
    ["CACHE_TTL_SECONDS", "9".repeat(16), wholeNumber("of at least 1")],
    ["CIRCUIT_ERROR_PERCENT", "101", wholeNumber("from 1 to 100")],
    ["JOB_TIMEOUT_MS", "0", timer],
    ["JOB_TIMEOUT_MS", "2147483648", timer],
    ["HF_SPACE_TIMEOUT", "30s", timer],
    ["LOG_LEVEL", "loud", "must be one of fatal, error, warn, info, debug, trace, silent"],
    ["STEPPER_ROLE", "boss", "must be one of all, api, worker"],
    ["REDACT_ENABLED", "yes", "must be one of true, false"],
    ["REDACT_ENABLED", "1", "must be one of true, false"],
    ["GEMINI_RPS", "0", rate],
    ["GEMINI_RPS", "-1", rate],
    ["GEMINI_RPS", "many", rate],
    ["GEMINI_RPS", "Infinity", rate],
    ["HF_SPACE_URL", "space.example", url],
    ["HF_SPACE_URL", "ftp://space.example", url],
    ["DISCORD_WEBHOOK_URL", "javascript:alert(1)", url],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", url],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=1,secret", "entry 2 must be name=value, percent-encoded"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=%0d%0ab", "entry 1 must be name=value, percent-encoded"],
    ["API_KEY_HEADER", "x api key", "must be the name of a header"],
    ["API_KEY_HEADER", "Host", "must not be a header with a meaning of its own"],
    ["STEPPER_API_KEY", "two words", sendable],
    ["STEPPER_API_KEY", "schlüssel", sendable],
    ["STEPPER_API_KEYS", "acme=one,hunter2", `entry 2 ${tenantKey}`],
    ["STEPPER_API_KEYS", "a:b=one", `entry 1 ${tenantKey}`],
    ["STEPPER_API_KEYS", "acme=", `entry 1 ${tenantKey}`],
    ["CORS_ALLOWED_ORIGINS", "*", `has *, ${origin}`],
    ["CORS_ALLOWED_ORIGINS", "https://a.example/app", `has https://a.example/app, ${origin}`],
    ["TRUST_PROXY", "my-proxy", proxies],
    ["TRUST_PROXY", "10.0.0.0/64", proxies],
  ])("%s=%s", (name, value, problem) => {
    expect(problemsOf({ [name]: value })).toEqual([`${name} ${problem}`]);
  });

  it("with all the others, in one error that has a line for each", () => {
    const bad = { PORT: "x", LOG_LEVEL: "x", GEMINI_RPS: "x", COHERE_BASE_URL: "x", HELMET_ENABLED: "x" };
    const problems = problemsOf(bad);
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual(Object.keys(bad));
    const message = ["the configuration has 5 problems:", ...problems].join("\n  ");
    expect(() => loadConfig(bad)).toThrow(message);
    expect(() => loadConfig({ PORT: "x" })).toThrow("the configuration has a problem:\n  PORT must be");
  });

  it("and never by a value that may be a secret", () => {
    const bad = { HF_SPACE_URL: "hunter2", GEMINI_RPS: "hunter2", STEPPER_API_KEYS: "hunter2" };
    const problems = problemsOf({ ...bad, STEPPER_API_KEY: "hunter2 hunter2" });
    expect(problems).toHaveLength(4);
    expect(problems.join()).not.toContain("hunter2");
  });

  it("when two ports are the same, unless both are free ones", () => {
    const problem = "METRICS_PORT and PORT must differ; leave METRICS_PORT out to have /metrics on PORT";
    expect(problemsOf({ METRICS_PORT: "3001" })).toEqual([problem]);
    expect(loadConfig({ PORT: "0", METRICS_PORT: "0" }).METRICS_PORT).toBe(0);
  });

  it("in one go with the conflicts among the values that are good", () => {
    const problems = problemsOf({ PORT: "x", TLS_CERT_FILE: "a", GEMINI_ENABLED: "true" });
    expect(problems.map((problem) => problem.split(" ")[0])).toEqual([
      "PORT",
      "TLS_CERT_FILE",
      "GEMINI_API_KEY",
    ]);
  });

  it("and not as missing as well, when another variable needs it", () => {
    const problems = problemsOf({ HF_SPACE_ENABLED: "true", HF_SPACE_URL: "nowhere" });
    expect(problems).toEqual(["HF_SPACE_URL must be an http or https URL"]);
  });
});
