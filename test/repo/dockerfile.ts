import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const STEP_TIMEOUT_MS = 240_000;
/** What a file takes up on a disk comes in pieces of this size. */
const BLOCK_BYTES = 4_096;

const execute = promisify(execFile);

interface Step {
  readonly instruction: string;
  readonly value: string;
}

/** What building the Dockerfile has added to its base, as a folder on this machine. */
export interface Image {
  /** The working directory of the last stage. */
  readonly workFolder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  /** The command that a container runs, from the entry point on. */
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
  /** Bytes on a disk of everything that lies on top of the base. */
  size(): Promise<number>;
  remove(): Promise<void>;
}

/**
 * Takes the Dockerfile's steps one by one in folders of their own. This machine plays the base image: it must have what
 * the Dockerfile installs by apt-get, and nothing else.
 */
export async function buildImage(): Promise<Image> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-image-"));
  try {
    return await buildIn(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function buildIn(folder: string): Promise<Image> {
  const context = join(folder, "context");
  await copyContext(context);
  const stages = new Map<string, string>();
  let name = "";
  let workFolder = "";
  let environment: Record<string, string> = {};
  const kept = new Map<string, string>();
  for (const { instruction, value } of parse(await readFile(join(ROOT, "Dockerfile"), "utf8"))) {
    kept.set(instruction, value);
    if (instruction === "FROM") {
      kept.clear();
      environment = {};
      name = / AS (\S+)$/.exec(value)?.[1] ?? "last";
      stages.set(name, join(folder, name));
    } else if (instruction === "WORKDIR") {
      workFolder = join(folder, name, value);
      await mkdir(workFolder, { recursive: true });
    } else if (instruction === "ENV") {
      const [variable = "", text = ""] = value.split("=");
      environment[variable] = text;
    } else if (instruction === "COPY") {
      await copy(value, { context, stages, root: join(folder, name), workFolder });
    } else if (instruction === "RUN" && !value.startsWith("apt-get ")) {
      await run(value, workFolder);
    }
  }
  const added = join(folder, name);
  // Whoever the container runs as must get in.
  await chmod(folder, 0o755);
  return {
    workFolder,
    environment,
    user: kept.get("USER"),
    entryPoint: toWords(kept.get("ENTRYPOINT")),
    command: toWords(kept.get("CMD")),
    healthCheck: toWords(kept.get("HEALTHCHECK")?.replace(/^.* CMD /, "")),
    size: () => sizeOf(added),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The instructions in order, each in one line, without comments. */
function parse(text: string): readonly Step[] {
  const lines = text.replaceAll(/^\s*#.*\n/gm, "").replaceAll(/\\\n\s*/g, " ");
  return [...lines.matchAll(/^([A-Z]+) +(.+)$/gm)].map(([, instruction = "", value = ""]) => ({
    instruction,
    value,
  }));
}

function toWords(json = "[]"): readonly string[] {
  return JSON.parse(json) as string[];
}

/** What Docker would be sent: nothing but what .dockerignore lets through. */
async function copyContext(context: string): Promise<void> {
  const [first, ...rest] = (await readFile(join(ROOT, ".dockerignore"), "utf8")).trim().split("\n");
  if (first !== "*" || rest.some((line) => !line.startsWith("!")))
    throw new Error(".dockerignore must leave out everything, and then name what is needed");
  for (const path of rest.map((line) => line.slice(1)))
    await cp(join(ROOT, path), join(context, path), { recursive: true });
}

interface CopyPlaces {
  readonly context: string;
  readonly stages: ReadonlyMap<string, string>;
  readonly root: string;
  readonly workFolder: string;
}

async function copy(value: string, { context, stages, root, workFolder }: CopyPlaces): Promise<void> {
  const words = value.split(/\s+/);
  const [, stage] = /^--from=(\S+)$/.exec(words[0] ?? "") ?? [];
  const paths = stage === undefined ? words : words.slice(1);
  const target = paths.at(-1) ?? "";
  const from = stage === undefined ? context : (stages.get(stage) ?? "");
  for (const path of paths.slice(0, -1)) {
    const place = target.startsWith("/") ? join(root, target) : resolve(workFolder, target);
    const source = join(from, path);
    const isFile = target.endsWith("/");
    // What is not in the stage came with its base, or by apt-get.
    const found = stage !== undefined && !existsSync(source) ? path : source;
    await cp(found, isFile ? join(place, basename(path)) : place, { recursive: true });
  }
}

async function run(command: string, cwd: string): Promise<void> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, npm_config_prefer_offline: "true" };
  try {
    await execute("sh", ["-c", command], { cwd, env, timeout: STEP_TIMEOUT_MS });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`RUN ${command} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = entries.map(async (entry) => {
    const { size } = await stat(join(entry.parentPath, entry.name));
    return entry.isDirectory() ? BLOCK_BYTES : Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
