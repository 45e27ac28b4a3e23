import { readFile } from "node:fs/promises";
import { z } from "zod";

const manifestSchema = z.object({ version: z.string() });

/** The package's version. */
export async function readVersion(): Promise<string> {
  // By the package's own name: the way up to package.json is not the same from src/ and from dist/.
  const manifest = new URL(import.meta.resolve("@commitdiary/stepper/package.json"));
  return manifestSchema.parse(JSON.parse(await readFile(manifest, "utf8"))).version;
}
