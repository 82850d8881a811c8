import { EngageError } from "../../engage-error.ts";
import type { OnWarning } from "../../engage-warning.ts";

/** How requests are sent, checked and with defaults. Times are milliseconds. */
export interface FetchSettings {
  readonly concurrency: number;
  readonly maxRetries: number;
  readonly timeout: number;
  readonly maxWait: number;
}

// https://developer.mixpanel.com/reference/rate-limits
const MOST_CONCURRENT = 5;

/** @throws {EngageError} `usage`, for a number that makes no sense */
export function fetchSettings(options: Partial<FetchSettings>, warn: OnWarning): FetchSettings {
  const { concurrency = MOST_CONCURRENT, maxRetries = 5, timeout = 500_000, maxWait = 65 * 60_000 } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    refuse("`concurrency` must be a whole number from 1 to 5", concurrency);
  }
  if (!Number.isSafeInteger(maxRetries) || maxRetries < 0) {
    refuse("`maxRetries` must be a whole number, 0 for no repeats", maxRetries);
  }
  if (!(timeout > 0)) refuse("`timeout` must be more than 0 milliseconds", timeout);
  if (!(maxWait >= 0)) refuse("`maxWait` must be milliseconds, 0 or more", maxWait);
  if (concurrency > MOST_CONCURRENT) {
    warn({
      code: "concurrency-capped",
      message: `Concurrency is capped at ${MOST_CONCURRENT}, the Engage API's limit of concurrent queries: ${concurrency} asked for`,
    });
  }
  return { concurrency: Math.min(concurrency, MOST_CONCURRENT), maxRetries, timeout, maxWait };
}

function refuse(problem: string, value: unknown): never {
  throw new EngageError("usage", `Cannot fetch pages, ${problem}: ${value}`);
}
