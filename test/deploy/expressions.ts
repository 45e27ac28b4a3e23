import { readFileSync } from "node:fs";
import { parse } from "yaml";

const FOLDER = new URL("../../deploy/", import.meta.url);

/** A rule as rules.yml has it. */
export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A panel of the dashboard. */
export interface Panel {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly datasource?: unknown;
  readonly targets?: readonly { readonly expr: string }[];
}

function read(path: string): string {
  return readFileSync(new URL(path, FOLDER), "utf8");
}

export function readAlertRules(): readonly AlertRule[] {
  const { groups } = parse(read("prometheus/rules.yml")) as { groups: readonly { rules: AlertRule[] }[] };
  return groups.flatMap(({ rules }) => rules);
}

/** The expression without what decides whether it fires: what a person looks at to see how near it is. */
export function withoutThreshold({ expr }: AlertRule): string {
  return expr.replaceAll(/ (?:>|==) [\d.]+/g, "");
}

export function readPanels(): readonly Panel[] {
  const { panels } = JSON.parse(read("grafana/dashboards/stepper.json")) as { panels: readonly Panel[] };
  return panels.filter(({ type }) => type !== "row");
}

/** What the number of workers follows. */
export function readScalingQueries(): readonly string[] {
  const { spec } = parse(read("kubernetes/worker-autoscaling.yaml")) as {
    spec: { triggers: readonly { metadata: { query: string } }[] };
  };
  return spec.triggers.map(({ metadata }) => metadata.query);
}

/** A panel's expressions as Grafana would send them for a view of the last minute. */
export function toQueries({ targets = [] }: Panel): readonly string[] {
  return targets.map(({ expr }) => expr.replaceAll("$__rate_interval", "10s").replaceAll("$__range", "60s"));
}
