import { type OptionChecks, optionChecks } from "../../option.ts";
import { CREDENTIALS_ENCODINGS } from "./credentials-echo.ts";
import { DAMAGES } from "./damaged-profile.ts";
import type { Fault, FaultRule } from "./fault.ts";

const check: OptionChecks = optionChecks("simulate this fault");

// Response refuses a body with these.
const WITHOUT_BODY = [204, 205, 304];
// Longer timers fire at once.
const LONGEST_WAIT = 2 ** 31 - 1;

/** A check for each option of a kind of fault; it sees the other options too. */
type Checks<Kind extends Fault["kind"], Of = Extract<Fault, { readonly kind: Kind }>> = {
  readonly [Option in Exclude<keyof Of, "kind">]-?: (value: unknown, fault: Of) => void;
};

const from0 = (option: string) => (value: unknown) => void check.whole(option, value);
const from1 = (option: string) => (value: unknown) => void check.whole(option, value, { from: 1 });
const flag = (option: string) => (value: unknown) => {
  if (typeof value !== "boolean") check.refuse(option, "must be true or false", value);
};
const oneOf = (option: string, choices: readonly string[]) => (value: unknown) =>
  void check.oneOf(option, value, choices);
const errorStatus = (value: unknown) => void check.whole("status", value, { from: 400, to: 599 });
const milliseconds = (option: string) => (value: unknown) =>
  void check.whole(option, value, { to: LONGEST_WAIT, unit: "milliseconds" });

const KINDS: { readonly [Kind in Fault["kind"]]: Checks<Kind> } = {
  response: {
    status: (value) => void check.whole("status", value, { from: 200, to: 599 }),
    headers: (value) => {
      if (!isRecord(value)) check.refuse("headers", "must be an object of texts", value);
    },
    body: (value, { status = 200 }) => {
      if (WITHOUT_BODY.includes(status)) check.refuse("body", "must be absent beside this status", status);
      if (typeof value !== "string" && !(value instanceof Uint8Array)) {
        check.refuse("body", "must be text or a Uint8Array", value);
      }
    },
  },
  "rate-limit": {
    shape: oneOf("shape", ["window", "concurrency", "shedding"]),
    seconds: (value, { shape }) => {
      if (shape === "shedding") check.refuse("seconds", "must be absent beside the shape `shedding`", value);
      check.whole("seconds", value);
    },
  },
  timeout: {},
  reset: { during: oneOf("during", ["request", "headers"]) },
  cut: { after: checkAfter, ending: oneOf("ending", ["reset", "close"]) },
  stall: { after: checkAfter },
  hang: {},
  "empty-page": {},
  "short-page": { rows: from0("rows") },
  "lost-session": {},
  fields: {
    fields: (value) => {
      if (!isRecord(value)) check.refuse("fields", "must be an object", value);
    },
  },
  "wrong-page": { says: from0("says"), profilesOf: from0("profilesOf") },
  "other-session": { sessionId: (value) => void check.text("sessionId", value), reordered: flag("reordered") },
  "growing-total": {
    by: (value) => void check.whole("by", value, { from: -Number.MAX_SAFE_INTEGER }),
  },
  "shrinking-page-size": { by: from1("by"), short: flag("short") },
  "invalid-profile": {
    damage: oneOf("damage", DAMAGES),
    at: (value) => {
      for (const place of Array.isArray(value) ? value : [value]) check.whole("at", place);
    },
  },
  endless: { of: oneOf("of", ["profiles", "spaces", "text"]) },
  "gzip-bomb": { bytes: from1("bytes") },
  drip: {
    status: (value) => {
      if (value !== 200) errorStatus(value);
    },
    interval: milliseconds("interval"),
  },
  "echo-credentials": { status: errorStatus, encoding: oneOf("encoding", CREDENTIALS_ENCODINGS) },
  "late-headers": { delay: milliseconds("delay") },
};

/** What a fault cannot be without. */
const NEEDED: Readonly<Record<string, string>> = { "rate-limit": "shape", fields: "fields" };

/** @throws {EngageError} `usage` if a rule or its fault makes no sense */
export function validateFaultRule(rule: FaultRule): void {
  if (!isRecord(rule)) check.refuse("faults", "must hold rules and functions", rule);
  checkNames(rule, ["page", "times", "share", "fault"]);
  const { page, times = 1, share } = rule;
  if (page !== undefined && page !== "last" && page !== "every" && !isCount(page)) {
    check.refuse("page", "must be a page number, `last` or `every`", page);
  }
  if (times !== Number.POSITIVE_INFINITY && !(isCount(times) && times > 0)) {
    check.refuse("times", "must be a whole number, 1 or more, or Infinity", times);
  }
  if (share !== undefined && !(page === "every" && share >= 0 && share <= 1)) {
    check.refuse("share", "must be a number from 0 to 1 beside `page: every`", share);
  }
  validateFault(rule.fault);
}

/** @throws {EngageError} `usage` if a fault makes no sense */
export function validateFault(fault: Fault): void {
  const kind = check.oneOf("kind", isRecord(fault) ? fault.kind : fault, Object.keys(KINDS) as Fault["kind"][]);
  const checks = KINDS[kind] as Readonly<Record<string, (value: unknown, fault: Fault) => void>>;
  checkNames(fault, ["kind", ...Object.keys(checks)]);
  const options: Readonly<Record<string, unknown>> = { ...fault };
  for (const [option, checkOption] of Object.entries(checks)) {
    if (options[option] !== undefined || NEEDED[kind] === option) checkOption(options[option], fault);
  }
}

/** An option that does not exist is a slip of the pen, and would be ignored. */
function checkNames(given: object, known: readonly string[]): void {
  for (const name of Object.keys(given)) {
    if (!known.includes(name)) check.refuse(name, `must be absent: there is ${known.join(", ")}`);
  }
}

function checkAfter(after: unknown): void {
  if (!isCount(after) && !(typeof after === "number" && after >= 0 && after < 1)) {
    check.refuse("after", "must be a whole number of bytes, or a fraction below 1", after);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
