import { clock } from "../../clock.ts";
import type { RateLimitFault } from "../faults/fault.ts";
import { Refusal } from "./refusal.ts";

const HOUR = 3_600_000;

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
  readonly #concurrent: number;
  readonly #hourly: number;
  #running = 0;
  #countedAt: number[] = [];

  constructor(concurrent: number, hourly: number) {
    this.#concurrent = concurrent;
    this.#hourly = hourly;
  }

  /** @throws {Refusal} 429 */
  admit(hasSession: boolean): AdmittedQuery {
    const now = clock.now();
    this.#countedAt = this.#countedAt.filter((at) => at > now - HOUR);
    const [oldest] = this.#countedAt;
    if (!hasSession && oldest !== undefined && this.#countedAt.length >= this.#hourly) {
      throw this.refusal({ shape: "window", seconds: Math.ceil((oldest + HOUR - now) / 1000) });
    }
    if (this.#running >= this.#concurrent) throw this.refusal({ shape: "concurrency" });
    this.#running += 1;
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
      "RateLimit-Policy": policy(this.#hourly, this.#concurrent),
      RateLimit: shape === "window" ? this.#windowTripped(wait) : this.#concurrencyTripped(wait),
      ...(shape === "window" ? { "Retry-After": String(wait) } : {}),
    });
  }

  #count(now: number): void {
    this.counted += 1;
    if (this.#hourly !== Number.POSITIVE_INFINITY) this.#countedAt.push(now);
  }

  #windowTripped(wait: number): string {
    return `"project";r=0;t=${wait}, "project-concurrency";r=${left(this.#concurrent, this.#running)}`;
  }

  #concurrencyTripped(wait: number): string {
    return `"project";r=${left(this.#hourly, this.#countedAt.length)}, "project-concurrency";r=0;t=${wait}`;
  }
}

// A limit that is switched off shows the documented one.
function policy(hourly: number, concurrent: number): string {
  const queries = Number.isFinite(hourly) ? hourly : 60;
  const atOnce = Number.isFinite(concurrent) ? concurrent : 5;
  return `"project";q=${queries};w=3600, "project-concurrency";q=${atOnce};qu="concurrent-requests"`;
}

function left(limit: number, used: number): number {
  return Math.max(0, (Number.isFinite(limit) ? limit : 60) - used);
}
