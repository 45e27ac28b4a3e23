import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What a checkout has and a clone has not; node_modules is linked instead. */
const NOT_CLONED = new Set([".git", "node_modules", "dist", "coverage"]);
/** What the examples' README files tell to install beside the package. */
const INSTALLED_BESIDE = ["@grpc/grpc-js", "@grpc/proto-loader", "@types/node", "zod"];
const COMMAND_TIMEOUT_MS = 120_000;

const execute = promisify(execFile);

/** A project that has installed the package as `npm pack` makes it. */
export interface PackedPackage {
  /** What the tarball holds, as paths in the package. */
  readonly files: readonly string[];
  /** The consumer's folder, with the examples in it. */
  readonly consumer: string;
  /** A file of the installed package. */
  read(path: string): Promise<string>;
  /** Runs a command, by default in the consumer's folder; answers with its stdout. @throws when it fails. */
  run(command: string, args: readonly string[], options?: Partial<Surroundings>): Promise<string>;
  /** Compiles the consumer's project with the checkout's compiler. @throws with the compiler's messages. */
  compile(...options: readonly string[]): Promise<void>;
  remove(): Promise<void>;
}

/** Builds, packs and installs a copy of the checkout, whose own `dist` is left alone. */
export async function installPackedPackage(): Promise<PackedPackage> {
  const folder = await mkdtemp(join(tmpdir(), "stepper-package-"));
  try {
    return await installIn(folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function installIn(folder: string): Promise<PackedPackage> {
  const consumer = join(folder, "consumer");
  const tarball = await pack(folder);
  await createConsumer(consumer, tarball);
  const run: PackedPackage["run"] = (command, args, options = {}) =>
    runCommand(command, args, { cwd: consumer, ...options });
  return {
    files: await listFiles(tarball),
    consumer,
    read: (path) => readFile(join(consumer, "node_modules/@commitdiary/stepper", path), "utf8"),
    run,
    compile: async (...options) => {
      const compiler = join(ROOT, "node_modules/typescript/bin/tsc");
      await run(process.execPath, [compiler, "--project", consumer, ...options]);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Where a command runs. */
interface Surroundings {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, environment = withoutTestRun(process.env) }: Surroundings,
): Promise<string> {
  try {
    const options = { cwd, env: environment, timeout: COMMAND_TIMEOUT_MS };
    return (await execute(command, args, options)).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
}

/** The environment without what the npm and the Jest that run the tests have put there. */
function withoutTestRun(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isForeign = (name: string) =>
    /^(?:npm_(?!config_)|npm_config_local_prefix$|NODE_OPTIONS$|NODE_ENV$|JEST_)/.test(name);
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !isForeign(name)));
}

async function pack(folder: string): Promise<string> {
  const checkout = join(folder, "checkout");
  await cp(ROOT, checkout, { recursive: true, filter: (path) => !isLeftOut(path) });
  await symlink(join(ROOT, "node_modules"), join(checkout, "node_modules"));
  // What must never be packed.
  await writeFile(join(checkout, ".env"), "GEMINI_API_KEY=secret\n");
  await runCommand("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: checkout });
  const { version } = JSON.parse(await readFile(join(checkout, "package.json"), "utf8")) as Manifest;
  return join(folder, `commitdiary-stepper-${version}.tgz`);
}

function isLeftOut(path: string): boolean {
  return dirname(path) === ROOT.slice(0, -1) && NOT_CLONED.has(basename(path));
}

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

async function createConsumer(consumer: string, tarball: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8")) as Manifest;
  const ranges = { ...manifest.devDependencies, ...manifest.dependencies };
  const beside = Object.fromEntries(INSTALLED_BESIDE.map((name) => [name, ranges[name]]));
  const dependencies = { "@commitdiary/stepper": `file:${tarball}`, ...beside };
  await mkdir(consumer);
  await writeFile(
    join(consumer, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module", dependencies }),
  );
  await cp(join(ROOT, "examples"), join(consumer, "examples"), { recursive: true });
  const install = ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"];
  await runCommand("npm", install, { cwd: consumer });
}

async function listFiles(tarball: string): Promise<readonly string[]> {
  const listed = await runCommand("tar", ["-tzf", tarball], { cwd: dirname(tarball) });
  return listed
    .trim()
    .split("\n")
    .map((path) => path.replace(/^package\//, ""));
}
