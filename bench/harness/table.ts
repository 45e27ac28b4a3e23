import type { Figure, Outcome } from "./run-scenario.ts";

/** An outcome as a table of Markdown, which is readable on a terminal too. */
export function toTable({ scenario, title, figures }: Outcome): string {
  const baselines = figures.filter(({ isBaseline }) => isBaseline).map(({ name }) => name);
  const head = ["", "median", "from", "to", "unit", ...baselines.map((name) => `× ${name}`)];
  const rows = [head, head.map(() => "---"), ...figures.map((figure) => toRow(figure, baselines))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => {
    const cells = row.map((cell, column) => cell.padEnd(widths[column] ?? 0, cell === "---" ? "-" : " "));
    return `| ${cells.join(" | ")} |`;
  });
  return [`${scenario}: ${title}`, "", ...lines, "", ""].join("\n");
}

function toRow({ name, unit, median, min, max, ratios }: Figure, baselines: readonly string[]): string[] {
  const compared = baselines.map((baseline) => ratios[baseline]?.toFixed(2) ?? "");
  return [name, ...[median, min, max].map(toText), unit, ...compared];
}

/** Three digits that count. */
function toText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
}
