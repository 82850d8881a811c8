import { EngageError } from "./engage-error.ts";

/** What a number may be. */
export interface NumberRule {
  /** @default 0 */
  readonly from?: number;
  /** @default 2^53 - 1 */
  readonly to?: number;
  /** Follows the numbers in the message, such as `milliseconds`. */
  readonly unit?: string;
}

/** The one way to check an option. Each check returns the value, or throws `usage` with the option's name. */
export interface OptionChecks {
  /** A whole number. */
  whole(option: string, value: unknown, rule?: NumberRule): number;
  /** A positive whole number, or its digits as text, with white space around them or not. */
  id(option: string, value: unknown): number;
  /** One of a list of texts. */
  oneOf<const Choice extends string>(option: string, value: unknown, choices: readonly Choice[]): Choice;
  /** Text that is not empty and holds no NUL. */
  text(option: string, value: unknown): string;
  /** A function. */
  listener<Listener>(option: string, value: Listener): Listener;
  /** Whatever else is wrong: `rule` follows the name, as in `must be …`. */
  refuse(option: string, rule: string, ...value: readonly unknown[]): never;
}

/**
 * @param task completes the sentence “Cannot …”
 * @param redact takes out of a value what must not be shown
 */
export function optionChecks(task: string, redact: (value: string) => string = (value) => value): OptionChecks {
  const refuse = (option: string, rule: string, ...value: readonly unknown[]): never => {
    throw usageError(task, option, rule, value, redact);
  };
  return {
    refuse,
    whole(option, value, { from = 0, to = Number.MAX_SAFE_INTEGER, unit } = {}) {
      if (Number.isSafeInteger(value) && (value as number) >= from && (value as number) <= to) return value as number;
      const range =
        to === Number.MAX_SAFE_INTEGER ? `, ${grouped(from)} or more` : ` from ${grouped(from)} to ${grouped(to)}`;
      return refuse(option, `must be a whole number${unit ? ` of ${unit}` : ""}${range}`, value);
    },
    id(option, value) {
      const isNumeric = typeof value === "number" || (typeof value === "string" && /^\s*\d+\s*$/.test(value));
      const number = isNumeric ? Number(value) : 0;
      if (Number.isSafeInteger(number) && number > 0) return number;
      return refuse(option, "must be a positive whole number", value);
    },
    oneOf(option, value, choices) {
      const choice = choices.find((each) => each === value);
      return choice ?? refuse(option, `must be one of ${choices.join(", ")}`, value);
    },
    text(option, value) {
      if (typeof value === "string" && value !== "" && !value.includes("\0")) return value;
      return refuse(option, "must be text that is not empty", value);
    },
    listener(option, value) {
      return typeof value === "function" ? value : refuse(option, "must be a function", value);
    },
  };
}

/** The error of an option that is not what it must be. */
export function optionError(task: string, option: string, rule: string, ...value: readonly unknown[]): EngageError {
  return usageError(task, option, rule, value, (each) => each);
}

function usageError(
  task: string,
  option: string,
  rule: string,
  value: readonly unknown[],
  redact: (value: string) => string,
): EngageError {
  const shown = value.map((each) => {
    const safe = redact(String(each));
    return `: ${each === safe ? JSON.stringify(each) : safe}`;
  });
  return new EngageError("usage", `Cannot ${task}, \`${option}\` ${rule}${shown.join("")}`, { option });
}

function grouped(number: number): string {
  return number.toLocaleString("en-US");
}
