/** The properties of a profile by their names. */
export type Properties = Readonly<Record<string, unknown>>;

/** Whether a value counts as true. */
export function truth(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return value !== undefined && value !== false && value !== 0 && value !== "";
}

/** Whether two values are the same; those of different types never are. */
export function same(left: unknown, right: unknown): boolean {
  if (typeof left !== "object" || typeof right !== "object") return left === right;
  return JSON.stringify(left) === JSON.stringify(right) && left instanceof Date === right instanceof Date;
}

/** Below 0, 0 or above 0 for two numbers, two texts or two times; undefined for values without an order. */
export function order(left: unknown, right: unknown): number | undefined {
  if (left instanceof Date && right instanceof Date) return left.getTime() - right.getTime();
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (typeof left === "string" && typeof right === "string") return left < right ? -1 : Number(left > right);
  return undefined;
}

/** Whether one is part of the other text, or a member of the other list. */
export function isIn(part: unknown, whole: unknown): boolean {
  if (Array.isArray(whole)) return whole.some((member) => same(part, member));
  return typeof part === "string" && typeof whole === "string" && whole.includes(part);
}

/** The result for two numbers; undefined for anything else, and for what is no number. */
export function calculated(left: unknown, right: unknown, calculate: (left: number, right: number) => number): unknown {
  if (typeof left !== "number" || typeof right !== "number") return undefined;
  const result = calculate(left, right);
  return Number.isFinite(result) ? result : undefined;
}

/** What the functions of the language make of a value. What is not defined stays so, but for `defined` and `boolean`. */
export const FUNCTIONS: Readonly<Record<string, (value: unknown) => unknown>> = {
  defined: (value) => value !== undefined,
  boolean: truth,
  number: toNumber,
  string: (value) =>
    value === undefined || typeof value === "string"
      ? value
      : value instanceof Date
        ? isoText(value)
        : JSON.stringify(value),
  datetime: toTime,
};

function toNumber(value: unknown): number | undefined {
  if (value instanceof Date) return value.getTime() / 1000;
  if (typeof value === "boolean") return Number(value);
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:?\d\d)?$/;

/** Text without a zone is UTC, as the API's own times are. */
function toTime(value: unknown): Date | undefined {
  if (value instanceof Date) return value;
  if (typeof value === "number") return valid(new Date(value * 1000));
  const [, date, time = "00:00", zone = "Z"] = (typeof value === "string" && TIME.exec(value)) || [];
  return date === undefined ? undefined : valid(new Date(`${date}T${time}${zone}`));
}

function valid(time: Date): Date | undefined {
  return Number.isNaN(time.getTime()) ? undefined : time;
}

function isoText(time: Date): string {
  return time.toISOString().slice(0, 19);
}
