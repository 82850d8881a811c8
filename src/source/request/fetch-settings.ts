import type { OnWarning } from "../../engage-warning.ts";
import { optionChecks } from "../../option.ts";

/** How requests are sent, checked and with defaults. Times are milliseconds. */
export interface FetchSettings {
  readonly concurrency: number;
  readonly maxRetries: number;
  readonly timeout: number;
  readonly maxWait: number;
  readonly maxPageBytes: number;
}

/** What is checked: numbers, and what is used as it is. */
export interface FetchChoices extends Partial<Record<keyof FetchSettings, number | undefined>> {
  readonly fetch?: unknown;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: unknown;
  readonly onInvalidProfile?: unknown;
}

// https://developer.mixpanel.com/reference/rate-limits
const MOST_CONCURRENT = 5;
// One page of 40,000 large profiles is 50 MB.
const MAX_PAGE_BYTES = 2 ** 30;

/**
 * @param redact takes credentials out of the values that an error shows
 * @throws {EngageError} `usage`, for a number that makes no sense, or a listener that is none
 */
export function fetchSettings(
  options: FetchChoices,
  warn: OnWarning,
  redact?: (text: string) => string,
): FetchSettings {
  const { concurrency = MOST_CONCURRENT, maxRetries = 5, maxPageBytes = MAX_PAGE_BYTES } = options;
  const { timeout = 500_000, maxWait = 65 * 60_000 } = options;
  const check = optionChecks("fetch pages", redact);
  for (const name of ["fetch", "onWarning", "onInvalidProfile"] as const) {
    if (options[name] !== undefined) check.listener(name, options[name]);
  }
  if (options.signal !== undefined && typeof options.signal?.addEventListener !== "function") {
    check.refuse("signal", "must be an AbortSignal", options.signal);
  }
  check.whole("concurrency", concurrency, { from: 1 });
  check.whole("maxRetries", maxRetries);
  check.whole("maxPageBytes", maxPageBytes, { from: 1, unit: "bytes" });
  // Infinity is a time, too.
  if (!(typeof timeout === "number" && timeout > 0))
    check.refuse("timeout", "must be more than 0 milliseconds", timeout);
  if (!(typeof maxWait === "number" && maxWait >= 0))
    check.refuse("maxWait", "must be milliseconds, 0 or more", maxWait);
  if (concurrency > MOST_CONCURRENT) {
    warn({
      code: "concurrency-capped",
      message: `Concurrency is capped at ${MOST_CONCURRENT}, the Engage API's limit of concurrent queries: ${concurrency} asked for`,
    });
  }
  return { concurrency: Math.min(concurrency, MOST_CONCURRENT), maxRetries, timeout, maxWait, maxPageBytes };
}
