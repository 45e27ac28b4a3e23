import { CommandError, Interrupted, usageError } from "./command-error.ts";
import { isClosedPipe, writeText } from "./command-context.ts";
import type { Command, CommandContext } from "./command-context.ts";
import { MAIN_HELP } from "./help.ts";
import { toOneLine } from "./one-line.ts";

/** A command that is loaded only when it is run. */
export interface CommandEntry {
  readonly help: string;
  readonly load: () => Promise<Command>;
}

interface DispatchDependencies {
  readonly commands: Readonly<Record<string, CommandEntry>>;
  readonly readVersion: () => Promise<string>;
}

/** Runs the command that `args` name, and answers with the exit code. Never rejects: a failure is a line on stderr. */
export async function dispatch(
  args: readonly string[],
  context: CommandContext,
  dependencies: DispatchDependencies,
): Promise<number> {
  try {
    return await run(args, context, dependencies);
  } catch (error) {
    if (error instanceof Interrupted) return error.exitCode;
    if (isClosedPipe(error)) return 0;
    await writeText(context.stderr, `stepper: ${toOneLine(error)}\n`).catch(() => undefined);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

async function run(
  [name, ...args]: readonly string[],
  context: CommandContext,
  { commands, readVersion }: DispatchDependencies,
): Promise<number> {
  if (name === undefined) throw usageError("no command given; see stepper --help");
  if (isHelp(name) || name === "help") return print(context, MAIN_HELP);
  if (name === "--version") return print(context, `${await readVersion()}\n`);
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!entry) throw usageError(`unknown command '${toOneLine(name)}'; see stepper --help`);
  if (optionsOf(args).some(isHelp)) return print(context, entry.help);
  const command = await entry.load();
  return command(args, context);
}

/** What comes after `--` is no option. */
function optionsOf(args: readonly string[]): readonly string[] {
  const end = args.indexOf("--");
  return end < 0 ? args : args.slice(0, end);
}

function isHelp(arg: string): boolean {
  return arg === "--help" || arg === "-h";
}

async function print({ stdout }: CommandContext, text: string): Promise<number> {
  await writeText(stdout, text);
  return 0;
}
