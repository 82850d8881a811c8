/**
 * Which limit answered 429. A `window` is over at a time the server names, `concurrency` as soon as another query of the
 * project ends, `load-shedding` nobody knows when.
 */
export type RateLimitShape = "window" | "concurrency" | "load-shedding";

/** What the headers of a 429 say. */
export interface RateLimit {
  readonly shape: RateLimitShape;
  /** Milliseconds until the server takes requests again, or undefined where it did not say. */
  readonly wait: number | undefined;
}

/**
 * Reads `RateLimit: "project";r=0;t=3600, "project-concurrency";r=3` (r: what is left, t: seconds until it is reset).
 *
 * @see https://developer.mixpanel.com/reference/rate-limits
 */
export function rateLimitOf(headers: Headers, now: number): RateLimit {
  const limits = parseRateLimit(headers.get("RateLimit"));
  const project = limits.get("project");
  const concurrency = limits.get("project-concurrency");
  const retryAfter = retryAfterOf(headers, now);
  if (project?.r === 0) return { shape: "window", wait: retryAfter ?? seconds(project.t) };
  if (concurrency?.r === 0) return { shape: "concurrency", wait: retryAfter ?? seconds(concurrency.t) };
  return { shape: "load-shedding", wait: retryAfter };
}

/** `Retry-After` in milliseconds: seconds, also fractional and 0, or an HTTP date. The past counts as nothing said. */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const text = headers.get("Retry-After")?.trim() ?? "";
  if (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text)) return seconds(Number(text));
  // A date has a name of a day or month: `Date.parse` alone takes "-5" for a year.
  return /[a-z]{3}.*\d/i.test(text) ? notNegative(Date.parse(text) - now) : undefined;
}

function parseRateLimit(header: string | null): Map<string, { r?: number; t?: number }> {
  const limits = new Map<string, { r?: number; t?: number }>();
  for (const item of header?.split(",") ?? []) {
    const [name = "", ...parameters] = item.split(";").map((part) => part.trim());
    const values = parameters.map((parameter) => parameter.split("=")).map(([key, value]) => [key, Number(value)]);
    limits.set(name.replace(/^"|"$/g, ""), Object.fromEntries(values));
  }
  return limits;
}

function seconds(value: number | undefined): number | undefined {
  return value === undefined ? undefined : notNegative(value * 1000);
}

function notNegative(value: number): number | undefined {
  return Number.isFinite(value) && value >= 0 ? value : undefined;
}
