import { readFileSync } from "node:fs";

/** A command of the README and what it is said to print. */
export interface ReadmeCommand {
  readonly command: string;
  readonly output: string;
}

/** A program of the README and what it is said to print. */
export interface ReadmeProgram {
  readonly source: string;
  readonly output: string;
}

const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** Every `$ command` of the README, in order, with the lines below it. */
export function readCommands(): readonly ReadmeCommand[] {
  return blocks("console").flatMap(({ text }) =>
    text
      .split(/^\$ /m)
      .filter((part) => part !== "")
      .map((part) => {
        const [command = "", ...output] = part.split("\n");
        return { command, output: output.join("\n") };
      }),
  );
}

/** Every TypeScript program of the README that has its output below it. */
export function readPrograms(): readonly ReadmeProgram[] {
  return blocks("ts").flatMap(({ text, end }) => {
    const output = /^\n+```text\n([\s\S]*?)^```$/m.exec(readme.slice(end));
    return output?.index === 0 && output[1] !== undefined ? [{ source: text, output: output[1] }] : [];
  });
}

function blocks(language: string): readonly { readonly text: string; readonly end: number }[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...readme.matchAll(pattern)].map((match) => ({
    text: match[1] ?? "",
    end: match.index + match[0].length,
  }));
}
