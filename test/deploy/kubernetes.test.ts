import { readdirSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { parse, parseAllDocuments } from "yaml";
import { environmentSchema } from "../../src/config/schema.ts";
import { toShutdownSeconds } from "./shutdown-time.ts";

const FOLDER = new URL("../../deploy/kubernetes/", import.meta.url);

type Labels = Readonly<Record<string, string>>;

interface Container {
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly envFrom?: readonly Readonly<Record<string, { readonly name: string }>>[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly lifecycle?: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } };
  readonly resources: unknown;
}

interface PodSpec {
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: unknown;
  readonly containers: readonly [Container];
}

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec: {
    readonly replicas?: number;
    readonly selector?: Labels & { readonly matchLabels?: Labels };
    readonly podSelector?: { readonly matchLabels: Labels };
    readonly scaleTargetRef?: { readonly name: string };
    readonly template?: { readonly metadata: { readonly labels: Labels }; readonly spec: PodSpec };
  };
}

function readText(file: string): string {
  return readFileSync(new URL(file, FOLDER), "utf8");
}

function read(file: string): readonly Manifest[] {
  return parseAllDocuments(readText(file)).map((document) => document.toJS() as Manifest);
}

const { resources } = parse(readText("kustomization.yaml")) as { resources: readonly string[] };
const applied = resources.flatMap(read);
const optional = ["worker-autoscaling.yaml", "pod-monitor.yaml"].flatMap(read);
const [secret] = read("secret.example.yaml");
const workloads = applied.flatMap(({ metadata, spec: { template } }) =>
  template ? [{ name: metadata.name, labels: template.metadata.labels, pod: template.spec }] : [],
);
const steppers = workloads.filter(({ pod }) => pod.containers[0].envFrom !== undefined);

function toEnvironment({ env = [] }: Container): Readonly<Record<string, string>> {
  const own = Object.fromEntries(env.map(({ name, value }) => [name, value]));
  return { ...parseEnv(readText("config.env")), ...secret?.stringData, ...own } as Record<string, string>;
}

describe("the Kubernetes manifests", () => {
  it("are all applied, but for what needs more than Kubernetes, and the example of a secret", () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith(".yaml"));
    const others = [
      "kustomization.yaml",
      "pod-monitor.yaml",
      "secret.example.yaml",
      "worker-autoscaling.yaml",
    ];
    expect(files.filter((file) => !others.includes(file)).sort()).toEqual(resources.toSorted());
  });

  it("select pods that there are", () => {
    for (const { kind, metadata, spec } of [...applied, ...optional]) {
      const selector = spec.selector?.matchLabels ?? spec.podSelector?.matchLabels ?? spec.selector;
      const found = workloads.filter(({ labels }) =>
        Object.entries(selector ?? {}).every(([name, value]) => labels[name] === value),
      );
      expect([kind, metadata.name, found.length]).not.toEqual([kind, metadata.name, 0]);
    }
  });

  it("hold no key that anybody would use", () => {
    expect(
      Object.values(secret?.stringData ?? {}).filter((value) => !value.includes("replace-this-key")),
    ).toEqual([]);
  });

  it("leave the number of workers to what scales them", () => {
    const scaled = optional.flatMap(({ spec }) => spec.scaleTargetRef?.name ?? []);
    expect(scaled).toEqual(["stepper-worker"]);
    const [worker] = applied.filter(({ metadata, spec }) => spec.template && scaled.includes(metadata.name));
    expect(worker?.kind).toBe("Deployment");
    expect(worker?.spec.replicas).toBeUndefined();
  });

  it.each(workloads)("give pods no right that they don't need: $name", ({ pod }) => {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      containers: [
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          resources: { requests: { memory: expect.anything() }, limits: { memory: expect.anything() } },
        },
      ],
    });
  });
});

describe("stepper in the Kubernetes manifests", () => {
  it("answers calls in one deployment and runs jobs in another, each kept from going all at once", () => {
    const roles = steppers.map(({ name, pod }) => [name, toEnvironment(pod.containers[0]).STEPPER_ROLE]);
    expect(roles).toEqual([
      ["stepper-api", "api"],
      ["stepper-worker", "worker"],
    ]);
    const budgets = applied.filter(({ kind }) => kind === "PodDisruptionBudget");
    expect(budgets.map(({ metadata }) => metadata.name)).toEqual(["stepper-api", "stepper-worker"]);
  });

  it.each(steppers)("starts with its environment, and gets the time it needs to end: $name", ({ pod }) => {
    const [container] = pod.containers;
    const environment = toEnvironment(container);
    expect(Object.keys(environment).filter((name) => !(name in environmentSchema.shape))).toEqual([]);
    const before = Number(container.lifecycle?.preStop.exec.command.at(-1) ?? 0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(before + toShutdownSeconds(environment));
  });

  it.each(steppers)("listens where its ports and probes say: $name", ({ pod }) => {
    const [container] = pod.containers;
    const { PORT, METRICS_PORT } = toEnvironment(container);
    expect(container.ports).toEqual([
      { name: "rpc", containerPort: Number(PORT) },
      { name: "metrics", containerPort: Number(METRICS_PORT) },
    ]);
    expect(container).toMatchObject({ readinessProbe: { httpGet: { path: "/readyz", port: "rpc" } } });
  });

  it.each(steppers)("is not restarted because Redis is away: $name", ({ pod }) => {
    const page = { httpGet: { path: "/livez", port: "rpc" } };
    expect(pod.containers[0]).toMatchObject({ livenessProbe: page, startupProbe: page });
  });
});
