import { z } from "zod";

/** What the registry keeps of a variable beside its help: the default, as one would write it. */
declare module "zod" {
  interface GlobalMeta {
    default?: string;
  }
}

/** Text that may be left out; an empty value counts as left out. */
export const optionalText = z
  .string()
  .optional()
  .transform((text) => (text === undefined || text.trim() === "" ? undefined : text.trim()));

/** Text with a default. */
export function text(fallback: string) {
  return optionalText.transform((value) => value ?? fallback).meta({ default: fallback });
}

/** One of a few words. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  words: Words,
  fallback: Words[number],
) {
  return optionalText
    .transform((value, context): Words[number] => {
      const word = value ?? fallback;
      if (words.includes(word)) return word;
      context.addIssue({ code: "custom", message: `must be one of ${words.join(", ")}` });
      return z.NEVER;
    })
    .meta({ default: fallback });
}

/** `true` or `false`. */
export function flag(fallback: boolean) {
  return oneOf(["true", "false"], fallback ? "true" : "false")
    .transform((word) => word === "true")
    .meta({ default: String(fallback) });
}

/** A whole number between two bounds. */
export function wholeNumber(fallback: number, min: number, max = Number.MAX_SAFE_INTEGER) {
  return optionalText
    .transform((value, context): number => {
      if (value === undefined) return fallback;
      const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
      if (number >= min && number <= max) return number;
      const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
      context.addIssue({ code: "custom", message: `must be a whole number ${bounds}` });
      return z.NEVER;
    })
    .meta({ default: String(fallback) });
}

/** Node's longest timer: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** A time in milliseconds that a timer can wait for. */
export function milliseconds(fallback: number, min = 1) {
  return wholeNumber(fallback, min, LONGEST_TIMER_MS);
}

/** A whole number that may be left out. */
function optionalWholeNumber(min: number, max: number) {
  return optionalText.transform((value, context): number | undefined => {
    if (value === undefined) return undefined;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
    if (number >= min && number <= max) return number;
    context.addIssue({ code: "custom", message: `must be a whole number from ${min} to ${max}` });
    return z.NEVER;
  });
}

/** A time in milliseconds that may be left out. */
export const optionalMilliseconds = optionalWholeNumber(1, LONGEST_TIMER_MS);

/** A port that may be left out; 0 takes a free one. */
export const optionalPort = optionalWholeNumber(0, 65_535);

/** A positive number that may be left out, and is then unlimited. */
export function limit(fallback: number) {
  return z
    .string()
    .optional()
    .transform((value, context): number | undefined => {
      if (value === undefined) return fallback;
      if (value.trim() === "") return undefined;
      const number = Number(value);
      if (Number.isFinite(number) && number > 0) return number;
      context.addIssue({ code: "custom", message: "must be a number above 0, or empty for no limit" });
      return z.NEVER;
    })
    .meta({ default: String(fallback) });
}

/** True for an absolute http or https address. */
export function isHttpUrl(value: string): boolean {
  return URL.canParse(value) && /^https?:$/.test(new URL(value).protocol);
}

/** An http or https address that may be left out. */
export const optionalUrl = optionalText.transform((value, context) => {
  if (value === undefined) return undefined;
  if (isHttpUrl(value)) return value.replace(/\/+$/, "");
  context.addIssue({ code: "custom", message: "must be an http or https URL" });
  return z.NEVER;
});

/** Comma-separated words. */
export const list = optionalText.transform((value) =>
  (value ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== ""),
);
