/** The URL in a variable of the environment. Without one, ends the program with a line that says what is missing. */
export function requireUrl(variable: string, meaning: string): string {
  const value = process.env[variable] ?? "";
  if (URL.canParse(value)) return value;
  const problem = value === "" ? "is not set" : "is no URL";
  process.stderr.write(`${variable} ${problem}: set it to ${meaning}\n`);
  process.exit(1);
}
