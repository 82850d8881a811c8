import type { ConcurrencyLimit } from "../../simulator/requests/query-limits.ts";
import { ArgumentsError } from "../arguments/arguments-error.ts";

/** A limit that holds after so many queries were let in. */
interface Step {
  readonly limit: number;
  readonly from: number;
}

/**
 * Reads how many queries may run at once: a number or `unlimited`, and after commas others with the number of queries
 * that were let in before they hold: `2,5@50` is 2, and 5 after 50 queries.
 *
 * @throws {ArgumentsError}
 */
export function parseConcurrency(flag: string, text: string): ConcurrencyLimit {
  const [first, ...later] = text.split(",").map((step) => parseStep(step.trim()));
  const steps = [first, ...later];
  const isRising = steps.every(
    (step, index) => step !== undefined && (index === 0 || step.from > (steps[index - 1]?.from ?? 0)),
  );
  if (first === undefined || first.from !== 0 || !isRising) {
    throw new ArgumentsError(`${flag} takes N or unlimited, or N,N@QUERIES with rising numbers of queries: ${text}`);
  }
  if (later.length === 0) return first.limit;
  return (admitted) => steps.findLast((step) => step !== undefined && step.from <= admitted)?.limit ?? first.limit;
}

function parseStep(text: string): Step | undefined {
  const [, limit, from = "0"] = /^(\d{1,9}|unlimited)(?:@(\d{1,15}))?$/.exec(text) ?? [];
  if (limit === undefined) return undefined;
  return { limit: limit === "unlimited" ? Number.POSITIVE_INFINITY : Number(limit), from: Number(from) };
}
