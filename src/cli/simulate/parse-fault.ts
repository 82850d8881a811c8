import { EngageError } from "../../engage-error.ts";
import type { Fault, FaultRule } from "../../simulator/faults/fault.ts";

const SHORT = ["timeout", "reset", "cut", "stall", "hang", "empty-page", "short-page", "lost-session"] as const;

/**
 * Reads a fault of the simulator: `KIND[@PAGE][xTIMES]`, where KIND is an HTTP status, `rate-limit` or another kind, PAGE a
 * number, `last` or `every`, and TIMES a number or `always`; or a whole rule as JSON.
 *
 * @throws {EngageError} `usage`
 */
export function parseFault(text: string): FaultRule {
  if (text.startsWith("{")) return parseRule(text);
  const [, kind = "", page, times] = /^([a-z0-9-]+?)(?:@(\d+|last|every))?(?:x(\d+|always))?$/.exec(text) ?? [];
  const fault = faultOf(kind);
  if (fault === undefined) {
    throw new EngageError(
      "usage",
      `Cannot simulate that fault, it is KIND[@PAGE][xTIMES] with an HTTP status, rate-limit, ${SHORT.join(", ")}: ${text}`,
    );
  }
  return {
    fault,
    ...(page !== undefined && { page: page === "last" || page === "every" ? page : Number(page) }),
    ...(times !== undefined && { times: times === "always" ? Number.POSITIVE_INFINITY : Number(times) }),
  };
}

function faultOf(kind: string): Fault | undefined {
  if (/^[2-5]\d\d$/.test(kind)) return { kind: "response", status: Number(kind) };
  if (kind === "rate-limit") return { kind, shape: "window", seconds: 2 };
  const known = SHORT.find((name) => name === kind);
  return known && { kind: known };
}

// What a rule may hold is the simulator's to say.
function parseRule(text: string): FaultRule {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new EngageError("usage", `Cannot simulate that fault, it is no JSON: ${text}`, { cause: error });
  }
}
