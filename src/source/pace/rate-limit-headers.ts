/**
 * Which limit answered 429. A `window` is over at a time the server names, `concurrency` as soon as another query of the
 * project ends, `load-shedding` nobody knows when.
 */
export type RateLimitShape = "window" | "concurrency" | "load-shedding";

/** What the headers of a 429 say. */
export interface RateLimit {
  readonly shape: RateLimitShape;
  /** Milliseconds until the server takes requests again, or undefined if it did not say. */
  readonly wait: number | undefined;
  /** The same if `Retry-After` says it. `t` of a concurrency limit is only a guess at when a query will end. */
  readonly retryAfter: number | undefined;
}

interface Limit {
  readonly r?: number;
  readonly t?: number;
}

// A year: no date can be told of the times that a broken server may name.
const LONGEST = 365 * 24 * 3_600_000;

/**
 * Reads `RateLimit: "project";r=0;t=3600, "project-concurrency";r=3` (r: what is left, t: seconds until it is reset).
 *
 * @see https://developer.mixpanel.com/reference/rate-limits
 */
export function rateLimitOf(headers: Pick<Headers, "get">, now: number): RateLimit {
  const limits = parseRateLimit(headers.get("RateLimit"));
  const project = limits.get("project");
  const concurrency = limits.get("project-concurrency");
  const retryAfter = retryAfterOf(headers, now);
  if (isUsedUp(project)) return { shape: "window", wait: retryAfter ?? seconds(project?.t), retryAfter };
  if (isUsedUp(concurrency)) return { shape: "concurrency", wait: retryAfter ?? seconds(concurrency?.t), retryAfter };
  return { shape: "load-shedding", wait: retryAfter, retryAfter };
}

/**
 * `Retry-After` in milliseconds: seconds, also fractional and 0, or an HTTP date. The past counts as nothing said.
 *
 * @param now for a date in an answer that does not say when it was sent; milliseconds since the epoch
 */
export function retryAfterOf(headers: Pick<Headers, "get">, now: number): number | undefined {
  const text = headers.get("Retry-After")?.trim() ?? "";
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return seconds(Number(text));
  // A date has a name of a day or month: `Date.parse` alone takes "-5" for a year.
  if (!/[a-z]{3}.*\d/i.test(text)) return undefined;
  // HTTP dates are GMT; the oldest form does not say so, and would be read in local time.
  const sentAt = Date.parse(headers.get("Date") ?? "");
  return notNegative(Date.parse(/gmt$/i.test(text) ? text : `${text} GMT`) - (Number.isNaN(sentAt) ? now : sentAt));
}

function parseRateLimit(header: string | null): Map<string, Limit> {
  const limits = new Map<string, Limit>();
  for (const item of header?.split(",") ?? []) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    const values = parameters
      .map((parameter) => parameter.split("="))
      .map(([key, value]) => [key, Number.parseFloat(value ?? "")]);
    limits.set(name.replace(/^"|"$/g, ""), Object.fromEntries(values));
  }
  return limits;
}

function isUsedUp(limit: Limit | undefined): boolean {
  return limit?.r !== undefined && limit.r <= 0;
}

function seconds(value: number | undefined): number | undefined {
  return value === undefined ? undefined : notNegative(value * 1000);
}

function notNegative(value: number): number | undefined {
  return value >= 0 ? Math.min(value, LONGEST) : undefined;
}
