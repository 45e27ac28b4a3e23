import { writeFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { deliverPush, samplePush } from "../examples/sample-push.ts";
import { createGitRepository } from "../support/git-repository.ts";
import type { GitRepository } from "../support/git-repository.ts";
import { sampleContent } from "../support/samples.ts";
import { startVendorServer } from "../support/vendor-server.ts";
import type { VendorServer } from "../support/vendor-server.ts";
import { installPackedPackage } from "./packed-package.ts";
import type { PackedPackage } from "./packed-package.ts";
import { startProgram } from "./program.ts";
import type { Program } from "./program.ts";

const INSTALL_TIMEOUT_MS = 240_000;
const WEBHOOK_SECRET = "it's a secret to everybody";

/** What a consumer's strict compiler must see: types that take what is right, refuse what is wrong, and are no `any`. */
const TYPES = `
import { RequestError, createStepper, enqueueReport } from "@commitdiary/stepper";
import type { ProviderAdapter, Report, StepperOptions } from "@commitdiary/stepper";
const input = { userId: "ada", commitSha: "1", repo: "acme/shop", message: "fix: it" };
export const answer = await enqueueReport(input);
export const report: Report | undefined = answer.status === 200 ? answer.data : undefined;
export const options: StepperOptions = { providers: [{ name: "gemini", apiKey: "key", model: "gemini-test" }] };
export const kind: string = new RequestError("not_found", "gone").kind;
// @ts-expect-error: a commit needs a message
void enqueueReport({ userId: "ada", commitSha: "1", repo: "acme/shop" });
// @ts-expect-error: a status is a number
export const status: string = answer.status;
// @ts-expect-error: an adapter needs a call
export const adapter: ProviderAdapter = { name: "mine" };
// @ts-expect-error: an option that does not exist
createStepper({ provider: [] });
`;

const COMPILER_OPTIONS = {
  target: "ES2023",
  lib: ["ES2023"],
  types: ["node"],
  module: "NodeNext",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
  skipLibCheck: false,
  rootDir: ".",
  outDir: "out",
};

interface Manifest {
  readonly version: string;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly bin: Readonly<Record<string, string>>;
}

interface SourceMap {
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly string[];
}

jest.setTimeout(60_000);

let installed: PackedPackage;
let programs: Program[];
let servers: VendorServer[];
let repository: GitRepository | undefined;

beforeAll(async () => {
  installed = await installPackedPackage();
  await writeFile(join(installed.consumer, "types.ts"), TYPES);
  await writeFile(
    join(installed.consumer, "tsconfig.json"),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ["types.ts", "examples"] }),
  );
  await installed.compile("--noCheck");
}, INSTALL_TIMEOUT_MS);
afterAll(() => installed.remove());

beforeEach(() => {
  programs = [];
  servers = [];
  repository = undefined;
});
afterEach(async () => {
  await Promise.all(programs.map((program) => program.stop()));
  await Promise.all(servers.map((server) => server.close()));
  repository?.remove();
});

function start(command: string, args: readonly string[], environment: Readonly<Record<string, string>>) {
  const program = startProgram(command, args, { cwd: installed.consumer, environment });
  programs.push(program);
  return program;
}

async function startFakeServer(body: unknown): Promise<VendorServer> {
  const server = await startVendorServer({ body });
  servers.push(server);
  return server;
}

/** Runs `stepper serve` on a free port; answers with its URL. */
async function startStepper(): Promise<string> {
  const server = start("node_modules/.bin/stepper", ["serve"], { HOST: "127.0.0.1", PORT: "0" });
  const { port } = JSON.parse(await server.line(/"listening"/)) as { port: number };
  return `http://127.0.0.1:${port}`;
}

describe("the tarball", () => {
  it("holds the build, the proto file and the words about it, and nothing else", () => {
    const expected =
      /^(?:package\.json|README\.md|LICENSE|CHANGELOG\.md|proto\/.+\.proto|dist\/(?:src|gen)\/.+\.(?:js|d\.ts|js\.map))$/;
    expect(installed.files.filter((path) => !expected.test(path))).toEqual([]);
    expect(installed.files).toEqual(expect.arrayContaining(["LICENSE", "README.md"]));
  });

  it("has types beside every module", () => {
    const modules = installed.files.filter((path) => path.endsWith(".js"));
    const types = modules.map((path) => path.replace(/\.js$/, ".d.ts"));
    expect(installed.files).toEqual(expect.arrayContaining(types));
  });

  it("has every file that the manifest points to", async () => {
    const { exports, bin } = JSON.parse(await installed.read("package.json")) as Manifest;
    const targets = [...Object.values(exports), ...Object.values(bin)].flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    expect(installed.files).toEqual(expect.arrayContaining(targets.map((target) => normalize(target))));
  });

  it("has no source map to a source that is not there", async () => {
    for (const path of installed.files.filter((file) => file.endsWith(".map"))) {
      const { sources, sourcesContent } = JSON.parse(await installed.read(path)) as SourceMap;
      const missing = sources.filter((source) => !installed.files.includes(join(dirname(path), source)));
      expect({ path, missing: sourcesContent ? [] : missing }).toEqual({ path, missing: [] });
    }
  });
});

describe("the types", () => {
  it("are whole and strict for a consumer who checks libraries too", async () => {
    await installed.compile("--noEmit");
  });

  it("resolve for a bundler", async () => {
    await installed.compile("--noEmit", "--module", "preserve", "--skipLibCheck");
  });
});

describe("the command", () => {
  it("tells its version by npx", async () => {
    const { version } = JSON.parse(await installed.read("package.json")) as Manifest;
    expect(await installed.run("npx", ["--no-install", "stepper", "--version"])).toBe(`${version}\n`);
  });

  it("reports on a commit", async () => {
    repository = createGitRepository();
    repository.write("src/cart.ts", "export const cart = [];\n");
    repository.commit("feat(cart): keep the cart over a restart");
    const stepper = join(installed.consumer, "node_modules/.bin/stepper");
    const report = await installed.run(stepper, ["report", "HEAD"], {
      cwd: repository.directory,
      environment: repository.environment,
    });
    expect(report).toContain("Keep the cart over a restart");
  });

  it("serves, and ends in order", async () => {
    const url = await startStepper();
    expect((await fetch(`${url}/health`)).status).toBe(200);
    expect(await programs[0]?.stop()).toBe(0);
  });
});

describe("an example", () => {
  it("asks a provider of one's own", async () => {
    const model = await startFakeServer(`Here it is: ${JSON.stringify(sampleContent())}`);
    const program = startExample("custom-provider", { HOUSE_MODEL_URL: model.url });
    await program.line(/^house-model: Keep the cart over a restart$/);
    await program.line(/^completed$/);
    expect(await program.ended()).toBe(0);
    expect(model.requests[0]?.body).toMatchObject({ prompt: expect.stringContaining("feat(cart)") });
  });

  it("reports on a push in its own process", async () => {
    expect(await reportOnPush("commit-webhook-in-process")).toMatchObject({
      text: expect.stringContaining("Keep the cart over a restart (acme/shop@9fceb02)"),
    });
  });

  it("reports on a push over gRPC", async () => {
    const environment = { STEPPER_URL: await startStepper() };
    expect(await reportOnPush("commit-webhook-grpc", environment)).toMatchObject({
      text: expect.stringContaining("Keep the cart over a restart (acme/shop@9fceb02)"),
    });
  });
});

function startExample(name: string, environment: Readonly<Record<string, string>>): Program {
  return start(process.execPath, [`out/examples/${name}/main.js`], environment);
}

/** Runs a webhook, delivers a push to it, and answers with what its chat was told. */
async function reportOnPush(example: string, environment: Readonly<Record<string, string>> = {}) {
  const chat = await startFakeServer("ok");
  const posted = chat.nextRequest();
  const webhook = startExample(example, {
    CHAT_WEBHOOK_URL: chat.url,
    WEBHOOK_SECRET,
    PORT: "0",
    ...environment,
  });
  const [port = ""] = /\d+$/.exec(await webhook.line(/^waiting for pushes on port/)) ?? [];
  const response = await deliverPush(`http://127.0.0.1:${port}`, samplePush(), WEBHOOK_SECRET);
  expect(response.status).toBe(202);
  const { body } = await posted;
  expect(await webhook.stop()).toBe(0);
  return body;
}
