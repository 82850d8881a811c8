import { clock } from "../../clock.ts";
import { optionChecks } from "../../option.ts";
import type { RateLimitFault } from "../faults/fault.ts";
import { Refusal } from "./refusal.ts";

const HOUR = 3_600_000;
const DOCUMENTED_CONCURRENCY = 5;
const DOCUMENTED_HOURLY = 60;

/** How many queries may run at once: a number, or what it is after so many queries were let in. */
export type ConcurrencyLimit = number | ((admitted: number) => number);

/** A query that was let in. */
export interface AdmittedQuery {
  /** Takes it off the hour, as for responses that do not count. */
  uncount(): void;
  /** Frees its place; once. */
  end(): void;
}

/** At most so many queries at once, and so many within any hour. A query that names a session does not count toward the hour. */
export class QueryLimits {
  /** Queries that counted, since the beginning. */
  counted = 0;
  readonly #concurrent: ConcurrencyLimit;
  readonly #hourly: number;
  #admitted = 0;
  #running = 0;
  #countedAt: number[] = [];

  constructor(concurrent: ConcurrencyLimit, hourly: number) {
    this.#concurrent = concurrent;
    this.#hourly = hourly;
  }

  /** @throws {Refusal} 429 */
  admit(hasSession: boolean): AdmittedQuery {
    const now = clock.now();
    this.#countedAt = this.#countedAt.filter((at) => at > now - HOUR);
    const [oldest] = this.#countedAt;
    if (!hasSession && oldest !== undefined && this.#countedAt.length >= this.#hourly) {
      throw this.refusal({ shape: "window", seconds: Math.ceil(Math.round(oldest + HOUR - now) / 1000) });
    }
    if (this.#running >= this.#allowed()) throw this.refusal({ shape: "concurrency" });
    this.#running += 1;
    this.#admitted += 1;
    if (!hasSession) this.#count(now);
    return {
      uncount: () => {
        if (hasSession) return;
        this.counted -= 1;
        const index = this.#countedAt.indexOf(now);
        if (index >= 0) this.#countedAt.splice(index, 1);
      },
      end: () => {
        this.#running -= 1;
      },
    };
  }

  /** A 429 with the headers that tell its shape. */
  refusal({ shape, seconds }: Omit<RateLimitFault, "kind">): Refusal {
    if (shape === "shedding") return new Refusal(429, "Too many requests, try again later");
    const wait = seconds ?? (shape === "window" ? 3600 : 10);
    const message =
      shape === "window"
        ? "Query rate limit exceeded: queries per hour"
        : "Query rate limit exceeded: concurrent queries";
    return new Refusal(429, message, {
      "RateLimit-Policy": this.#policy(),
      RateLimit: shape === "window" ? this.#windowTripped(wait) : this.#concurrencyTripped(wait),
      ...(shape === "window" ? { "Retry-After": String(wait) } : {}),
    });
  }

  #allowed(): number {
    if (typeof this.#concurrent === "number") return this.#concurrent;
    const allowed = this.#concurrent(this.#admitted);
    if (allowed === Number.POSITIVE_INFINITY) return allowed;
    return optionChecks("answer a query").whole("concurrentQueries", allowed);
  }

  #count(now: number): void {
    this.counted += 1;
    if (this.#hourly !== Number.POSITIVE_INFINITY) this.#countedAt.push(now);
  }

  // A limit that is switched off shows the documented one, and so does one that changes: the project's limit is the same
  // while others use it.
  #policy(): string {
    const hourly = finite(this.#hourly, DOCUMENTED_HOURLY);
    const concurrent = finite(this.#concurrent, DOCUMENTED_CONCURRENCY);
    return `"project";q=${hourly};w=3600, "project-concurrency";q=${concurrent};qu="concurrent-requests"`;
  }

  #windowTripped(wait: number): string {
    const left = Math.max(0, finite(this.#allowed(), DOCUMENTED_CONCURRENCY) - this.#running);
    return `"project";r=0;t=${wait}, "project-concurrency";r=${left}`;
  }

  #concurrencyTripped(wait: number): string {
    const left = Math.max(0, finite(this.#hourly, DOCUMENTED_HOURLY) - this.#countedAt.length);
    return `"project";r=${left}, "project-concurrency";r=0;t=${wait}`;
  }
}

function finite(limit: ConcurrencyLimit, otherwise: number): number {
  return typeof limit === "number" && Number.isFinite(limit) ? limit : otherwise;
}
