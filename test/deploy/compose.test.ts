import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { environmentSchema } from "../../src/config/schema.ts";
import { toShutdownSeconds } from "./shutdown-time.ts";

const FOLDER = new URL("../../deploy/", import.meta.url);

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly stop_grace_period?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

function read(path: string): unknown {
  return parse(readFileSync(new URL(path, FOLDER), "utf8"), { merge: true });
}

const { services, volumes } = read("compose.yaml") as {
  services: Readonly<Record<string, Service>>;
  volumes: Readonly<Record<string, unknown>>;
};
const stepper = Object.entries(services).filter(([, { image }]) => image === "stepper");

function toEnvironment({ environment = {} }: Service): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

describe("every service of the compose file", () => {
  it.each(Object.entries(services))("may do no more than it needs: %s", (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
  });

  it.each(Object.entries(services))("is of a known version, and mounts what is there: %s", (_, service) => {
    if (service.build === undefined) expect(service.image).toMatch(/:v?\d+\.\d+/);
    for (const volume of service.volumes ?? []) {
      const [source = "", , mode] = volume.split(":");
      if (source.startsWith("."))
        expect([source, existsSync(new URL(source, FOLDER)), mode]).toEqual([source, true, "ro"]);
      else expect(volumes).toHaveProperty(source);
    }
  });

  it.each(Object.entries(services))("is reached from this machine only: %s", (_, { ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith("127.0.0.1:"))).toEqual([]);
  });
});

describe("stepper in the compose file", () => {
  it("answers calls in one service and runs jobs in another", () => {
    expect(stepper.map(([name, { environment }]) => [name, environment?.STEPPER_ROLE])).toEqual([
      ["api", "api"],
      ["worker", "worker"],
    ]);
  });

  it.each(stepper)("starts with its environment, and gets the time it needs to end: %s", (_, service) => {
    const environment = toEnvironment(service);
    expect(Object.keys(environment).filter((name) => !(name in environmentSchema.shape))).toEqual([]);
    expect(parseInt(service.stop_grace_period ?? "", 10)).toBeGreaterThan(toShutdownSeconds(environment));
  });

  it.each(stepper)("waits for Redis, and says when it is ready: %s", (_, { depends_on, healthcheck }) => {
    expect(depends_on).toEqual({ redis: { condition: "service_healthy" } });
    expect(healthcheck?.test).toEqual(["CMD", "node", "healthcheck.js", "/readyz"]);
  });

  it("has a Redis that keeps what it is told", () => {
    expect(services.redis?.command?.join(" ")).toBe(
      "redis-server --appendonly yes --maxmemory-policy noeviction",
    );
    expect(services.redis?.volumes).toEqual(["redis-data:/data"]);
  });

  it("is scraped where it shows its metrics", () => {
    const { scrape_configs } = read("prometheus/prometheus.yml") as {
      scrape_configs: readonly { dns_sd_configs: readonly { names: string[]; port: number }[] }[];
    };
    const [{ names, port } = { names: [], port: 0 }] = scrape_configs[0]?.dns_sd_configs ?? [];
    expect(names).toEqual(stepper.map(([name]) => name));
    for (const [, service] of stepper) expect(service.environment?.METRICS_PORT).toBe(port);
  });
});

describe("Grafana in the compose file", () => {
  it("finds Prometheus and the dashboard where they are", () => {
    const { datasources } = read("grafana/provisioning/datasources/prometheus.yml") as {
      datasources: readonly { url: string }[];
    };
    expect(datasources.map(({ url }) => url)).toEqual(["http://prometheus:9090"]);
    const { providers } = read("grafana/provisioning/dashboards/stepper.yml") as {
      providers: readonly { options: { path: string } }[];
    };
    const mounts = services.grafana?.volumes ?? [];
    for (const { options } of providers) expect(mounts).toContain(`./grafana/dashboards:${options.path}:ro`);
  });
});
