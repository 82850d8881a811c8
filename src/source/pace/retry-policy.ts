import type { EngageErrorCode } from "../../engage-error.ts";
import type { EngageFailure } from "../request/engage-failure.ts";

/** What follows a failed request. */
export type Verdict =
  /** Ask again, after so many milliseconds. */
  | { readonly action: "repeat"; readonly after: number }
  /** Ask again when the gate says so: a rate limit is the project's, not the page's. */
  | { readonly action: "wait-for-gate" }
  /** The page is missing; the others go on. */
  | { readonly action: "give-up" }
  /** Every further page is pointless. */
  | { readonly action: "end" };

const POINTLESS = new Set<EngageErrorCode>([
  "unauthorized",
  "plan",
  "forbidden",
  "not-found",
  "bad-request",
  "session-expired",
  // Of the caller: no repeat mends it.
  "usage",
]);

// The head page's first repeat must come quickly, since everything behind it waits: docs/performance.md has the figures.
const FIRST_REPEAT = 200;
const GROWTH = 2.5;
const LONGEST_REPEAT = 30_000;

/** What the policy weighs beside the failure itself. */
export interface RetryState {
  /** Failures of this page so far that were its own, this one included: a 429 is the project's. */
  readonly faults: number;
  readonly maxRetries: number;
  /** Milliseconds. */
  readonly maxWait: number;
  /** From 0 up to 1. */
  readonly random: number;
}

/** Decides what follows a failed request. */
export function retryVerdict({ error, rateLimit }: EngageFailure, state: RetryState): Verdict {
  if (POINTLESS.has(error.code)) return { action: "end" };
  if (state.maxRetries === 0) return { action: "give-up" };
  if (rateLimit !== undefined) return { action: "wait-for-gate" };
  if (state.faults > state.maxRetries || (error.retryAfter ?? 0) > state.maxWait) return { action: "give-up" };
  return {
    action: "repeat",
    after: Math.max(backoff(state.faults, FIRST_REPEAT, LONGEST_REPEAT, state.random), error.retryAfter ?? 0),
  };
}

/** Exponential backoff with jitter: between half of `first` × 2.5^(n − 1) milliseconds and all of it, at most `longest`. */
export function backoff(n: number, first: number, longest: number, random: number): number {
  return Math.min(longest, first * GROWTH ** (n - 1)) * (0.5 + random / 2);
}
