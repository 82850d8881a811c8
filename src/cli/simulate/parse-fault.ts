import { isEngageError } from "../../engage-error.ts";
import type { Fault, FaultRule } from "../../simulator/faults/fault.ts";
import { validateFaultRule } from "../../simulator/faults/validate-fault.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";
import { nearest } from "../arguments/nearest.ts";

/** The option of a fault that stands behind a colon, and how its text is read. */
interface ShortOption {
  readonly option: string;
  readonly read: (text: string) => unknown;
}

// What an option may be is the simulator's to say; a text that is no number is refused there.
const number = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text);
const milliseconds = (text: string): unknown => (/^\d+(\.\d+)?$/.test(text) ? Math.round(Number(text) * 1000) : text);
const word = (text: string): unknown => text;
const only = (choice: string) => (text: string) => (text === choice ? true : text);

/** Every kind that has a short form, with the option behind its colon. */
const SHORT: { readonly [Kind in Exclude<Fault["kind"], "response" | "fields">]: ShortOption | undefined } = {
  "rate-limit": { option: "shape", read: word },
  timeout: undefined,
  reset: { option: "during", read: word },
  cut: { option: "ending", read: word },
  stall: { option: "after", read: number },
  hang: undefined,
  "empty-page": undefined,
  "short-page": { option: "rows", read: number },
  "lost-session": undefined,
  "wrong-page": { option: "profilesOf", read: number },
  "other-session": { option: "reordered", read: only("reordered") },
  "growing-total": { option: "by", read: number },
  "shrinking-page-size": { option: "by", read: number },
  "invalid-profile": { option: "damage", read: word },
  endless: { option: "of", read: word },
  "gzip-bomb": { option: "bytes", read: number },
  drip: { option: "status", read: number },
  "echo-credentials": { option: "encoding", read: word },
  "late-headers": { option: "delay", read: milliseconds },
};

/** Every kind in its short form. */
export const SHORT_FAULTS: readonly string[] = ["an HTTP status", ...Object.keys(SHORT)];

// An hour is too long to watch.
const RATE_LIMIT_SECONDS = 2;

/**
 * Reads a fault of the simulator: `KIND[:OPTION][@PAGE][xTIMES]`, in which KIND is an HTTP status or a kind of fault, OPTION
 * its most important option, PAGE a number, `last` or `every`, and TIMES a number or `always`; or a whole rule as JSON.
 *
 * @throws {ArgumentsError}
 */
export function parseFault(text: string): FaultRule {
  const rule = text.startsWith("{") ? parseRule(text) : parseShort(text);
  try {
    validateFaultRule(rule);
    return rule;
  } catch (error) {
    if (!isEngageError(error, "usage")) throw error;
    throw new ArgumentsError(`${error.message}, in --fault ${text}`, error);
  }
}

function parseShort(text: string): FaultRule {
  const [, kind = "", option, page, times] =
    /^([a-z0-9-]+?)(?::([\w.-]+?))?(?:@(\d+|last|every))?(?:x(\d+|always))?$/.exec(text) ?? [];
  const fault = faultOf(kind, option);
  if (fault === undefined) throw new ArgumentsError(explained(text, kind || (text.split(/[:@]/)[0] ?? "")));
  return {
    fault,
    ...(page !== undefined && { page: page === "last" || page === "every" ? page : Number(page) }),
    ...(times !== undefined && { times: timesOf(times) }),
  };
}

function explained(text: string, kind: string): string {
  const near = nearest(kind, Object.keys(SHORT));
  const hint = near === undefined || near === kind ? "" : `; did you mean ${near}?`;
  return `--fault takes KIND[:OPTION][@PAGE][xTIMES] with ${SHORT_FAULTS.join(", ")}: ${text}${hint}`;
}

function faultOf(kind: string, text: string | undefined): Fault | undefined {
  if (/^[2-5]\d\d$/.test(kind)) return text === undefined ? { kind: "response", status: Number(kind) } : undefined;
  if (!Object.hasOwn(SHORT, kind)) return undefined;
  const known = SHORT[kind as keyof typeof SHORT];
  if (text !== undefined && known === undefined) return undefined;
  // Checked as a rule of JSON is.
  const fault = (text === undefined ? { kind } : { kind, [known?.option ?? ""]: known?.read(text) }) as Fault;
  if (fault.kind !== "rate-limit") return fault;
  const { shape = "window" } = fault;
  return shape === "shedding" ? { ...fault, shape } : { ...fault, shape, seconds: RATE_LIMIT_SECONDS };
}

function parseRule(text: string): FaultRule {
  let rule: Omit<FaultRule, "times"> & { readonly times?: number | "always" };
  try {
    rule = JSON.parse(text);
  } catch (error) {
    throw new ArgumentsError(`--fault begins like JSON and is none: ${text}`, error);
  }
  // JSON has no infinity.
  return { ...rule, ...(rule.times === "always" && { times: Number.POSITIVE_INFINITY }) } as FaultRule;
}

function timesOf(text: string): number {
  return text === "always" ? Number.POSITIVE_INFINITY : Number(text);
}
