import { ArgumentsError } from "./arguments-error.ts";
import { nearest } from "./nearest.ts";
import type { OptionDef } from "./option-def.ts";

const UNITS = {
  seconds: { digits: 9, most: "999,999,999", length: 1000 },
  hours: { digits: 6, most: "999,999", length: 3_600_000 },
} as const;

/**
 * What the library takes for the text of an option.
 *
 * @param flag as the user knows it, for errors
 * @throws {ArgumentsError}
 */
export function readValue(flag: string, { reads }: OptionDef, given: string | boolean | readonly string[]): unknown {
  if (typeof given === "boolean") return given;
  const values = typeof given === "string" ? [given] : given;
  const [first = ""] = values;
  if (reads === "whole") return wholeNumber(flag, first);
  if (reads === "seconds") return milliseconds(flag, first, "seconds");
  if (reads === "texts") return textList(flag, values);
  if (reads === "json") return jsonList(values);
  return first;
}

/** @throws {ArgumentsError} for a text that is no whole number */
export function wholeNumber(flag: string, text: string): number;
export function wholeNumber(flag: string, text: string | undefined): number | undefined;
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const digits = text.trim();
  if (!/^-?\d+$/.test(digits)) throw new ArgumentsError(`${flag} must be a whole number: ${text}`);
  if (!Number.isSafeInteger(Number(digits))) throw new ArgumentsError(`${flag} must be a smaller number: ${text}`);
  return Number(digits);
}

/** @throws {ArgumentsError} for a text that is none of `choices` */
export function checkChoice(flag: string, choices: readonly string[], text: string): void {
  if (choices.includes(text.trim())) return;
  const near = nearest(text.trim(), choices);
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  throw new ArgumentsError(`${flag} must be one of ${choices.join(", ")}: ${text}${hint}`);
}

/** Whether `value` is to be read as a JSON array. */
export function isJsonList(value: string): boolean {
  return value.trimStart().startsWith("[");
}

/** @throws {ArgumentsError} for a text that is no time of this unit */
export function milliseconds(flag: string, text: string, unit: keyof typeof UNITS): number {
  const { digits, most, length } = UNITS[unit];
  const number = text.trim();
  if (!new RegExp(`^\\d{1,${digits}}(\\.\\d+)?$`).test(number)) {
    throw new ArgumentsError(`${flag} must be a number of ${unit} from 0 to ${most}: ${text}`);
  }
  // What is more than nothing stays so.
  return Math.ceil(Number(number) * length);
}

/** Values that are each a text or a JSON array of texts, as one list. */
export function textList(flag: string, values: readonly string[]): readonly string[] {
  return values.flatMap((value) => (isJsonList(value) ? parseTexts(flag, value) : [value]));
}

function parseTexts(flag: string, json: string): readonly string[] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    throw new ArgumentsError(`${flag} must be a JSON array of texts when it begins with [: ${json}`);
  }
  return (list as readonly unknown[]).map((item) => {
    if (typeof item === "string") return item;
    if (Number.isSafeInteger(item)) return String(item);
    throw new ArgumentsError(`${flag} must be a JSON array of texts, in double quotes: ${JSON.stringify(item)}`);
  });
}

/** Values that are each a JSON value or a JSON array, as the text of one array; numbers keep every digit. */
function jsonList(values: readonly string[]): string {
  const items = values.map((value) => (isJsonList(value) ? value.trim().slice(1, -1) : value));
  return `[${items.filter((item) => item.trim() !== "").join(",")}]`;
}
