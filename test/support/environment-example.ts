import type { z } from "zod";
import { environmentGroups } from "../../src/config/schema.ts";

const HEADER = `# Every variable that stepper reads, with its default; nothing here needs to be set.
# Copy this file to .env and change what differs. An empty value counts as unset, but for a rate (_RPS), which is then
# unlimited.`;

/** The text of `.env.example`: for each variable a line of help, and the variable with its default. */
export function renderEnvironmentExample(): string {
  const sections = Object.entries<Readonly<Record<string, z.ZodType>>>(environmentGroups).map(
    ([group, variables]) =>
      [`# --- ${group} ---`, ...Object.entries(variables).map(renderVariable)].join("\n"),
  );
  return `${[HEADER, ...sections].join("\n\n")}\n`;
}

function renderVariable([name, variable]: [string, z.ZodType]): string {
  const { description, default: value = "" } = variable.meta() ?? {};
  if (description === undefined) throw new Error(`${name} has no line of help`);
  return `# ${description}\n${name}=${value}`;
}
