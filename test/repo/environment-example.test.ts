import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { describe, expect, it } from "@jest/globals";
import { loadConfig } from "../../src/config/load.ts";
import { environmentSchema } from "../../src/config/schema.ts";
import { renderEnvironmentExample } from "../support/environment-example.ts";

const file = readFileSync(new URL("../../.env.example", import.meta.url), "utf8");

describe(".env.example", () => {
  // When this fails, write the file anew:
  // npx tsx -e 'import("./test/support/environment-example.ts").then((m) => process.stdout.write(m.renderEnvironmentExample()))' > .env.example
  it("is what the schema says", () => {
    expect(file).toBe(renderEnvironmentExample());
  });

  it("names every variable once, each under a line of help", () => {
    const lines = file.split("\n");
    const names = lines.flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(names.toSorted()).toEqual(Object.keys(environmentSchema.shape).sort());
    const helpless = lines.filter(
      (line, index) => /^\w+=/.test(line) && !/^# \S.*\.$/.test(lines[index - 1] ?? ""),
    );
    expect(helpless).toEqual([]);
  });

  it("loads as exactly the defaults", () => {
    expect(loadConfig(parseEnv(file))).toEqual(loadConfig({}));
  });
});
