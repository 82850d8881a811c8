import { EngageError } from "../../engage-error.ts";
import type { Fault, FaultRule } from "./fault.ts";

// Response refuses a body with these.
const WITHOUT_BODY = [204, 205, 304];

/** @throws {EngageError} `usage` where a rule or its fault makes no sense */
export function validateFaultRule(rule: FaultRule): void {
  const { page, times = 1, share } = rule;
  if (page !== undefined && page !== "last" && page !== "every" && !isCount(page)) {
    refuse("page", "a page number, `last` or `every`", page);
  }
  if (times !== Number.POSITIVE_INFINITY && !(isCount(times) && times > 0)) {
    refuse("times", "an integer from 1 on, or Infinity", times);
  }
  if (share !== undefined && !(page === "every" && share >= 0 && share <= 1)) {
    refuse("share", "a number from 0 to 1 beside `page: every`", share);
  }
  validateFault(rule.fault);
}

/** @throws {EngageError} `usage` where a fault makes no sense */
export function validateFault(fault: Fault): void {
  switch (fault?.kind) {
    case "response": {
      const { status = 200, body } = fault;
      if (!(isCount(status) && status >= 200 && status <= 599)) refuse("status", "an integer from 200 to 599", status);
      if (body !== undefined && WITHOUT_BODY.includes(status)) refuse("body", "absent beside such a status", status);
      return;
    }
    case "rate-limit":
      requireOneOf("shape", fault.shape ?? "", ["window", "concurrency", "shedding"]);
      if (fault.seconds !== undefined && (fault.shape === "shedding" || !isCount(fault.seconds))) {
        refuse("seconds", "an integer from 0 on, and absent for `shedding`", fault.seconds);
      }
      return;
    case "reset":
      requireOneOf("during", fault.during, ["request", "headers"]);
      return;
    case "cut":
      requireOneOf("ending", fault.ending, ["reset", "close"]);
      requireAfter(fault.after);
      return;
    case "stall":
      requireAfter(fault.after);
      return;
    case "short-page":
      if (fault.rows !== undefined && !isCount(fault.rows)) refuse("rows", "an integer from 0 on", fault.rows);
      return;
    case "fields":
      if (typeof fault.fields !== "object" || fault.fields === null) refuse("fields", "an object", fault.fields);
      return;
    case "timeout":
    case "hang":
    case "empty-page":
    case "lost-session":
      return;
    default:
      refuse("kind", "one of those in the type Fault", (fault as { kind?: unknown } | undefined)?.kind);
  }
}

function requireOneOf(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value !== undefined && !choices.includes(value)) refuse(name, `one of ${choices.join(", ")}`, value);
}

function requireAfter(after: number | undefined): void {
  if (after !== undefined && !(after < 1 ? after >= 0 : isCount(after))) {
    refuse("after", "a number of bytes, or a fraction below 1", after);
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function refuse(name: string, expected: string, value: unknown): never {
  throw new EngageError("usage", `Cannot simulate this fault, \`${name}\` is ${expected}: ${String(value)}`);
}
