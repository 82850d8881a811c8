import type { RateLimit } from "./rate-limit-headers.ts";
import { backoff } from "./retry-policy.ts";

/** How a request was sent, for what becomes of it. */
export interface SentThrough {
  readonly isProbe: boolean;
  /** Closings until then. */
  readonly closings: number;
}

// After a 429 that names no time, and as a floor under those that name a very short one.
const FIRST_WAIT = { window: 60_000, concurrency: 1_000, "load-shedding": 1_000 };
const SHORTEST_WAIT = 100;
const LONGEST_WAIT = 60_000;

/** Until when nobody may send. Then one request probes; the others follow when it succeeds. */
export class Closure {
  #until = Number.NEGATIVE_INFINITY;
  #probe: "needed" | "sent" | "no" = "no";
  #closings = 0;
  /** 429s in a row. */
  #refusals = 0;

  isOpen(now: number): boolean {
    return this.#probe === "no" || (this.#probe === "needed" && now >= this.#until);
  }

  /** When it opens by itself, or undefined if a probe decides. */
  get opensAt(): number | undefined {
    if (this.#probe === "sent") return undefined;
    return this.#probe === "no" ? Number.NEGATIVE_INFINITY : this.#until;
  }

  sent(): SentThrough {
    const isProbe = this.#probe === "needed";
    if (isProbe) this.#probe = "sent";
    return { isProbe, closings: this.#closings };
  }

  succeeded({ isProbe }: SentThrough): void {
    this.#refusals = 0;
    if (isProbe) this.#probe = "no";
  }

  /** A request failed, for whatever reason. */
  failed({ isProbe }: SentThrough): void {
    if (isProbe) this.#probe = "needed";
  }

  /**
   * Closes for everyone, after a 429. One to a request from before the last closing may make the wait longer while nobody
   * probes, and tells nothing new afterwards.
   *
   * @returns when the wait ends, or minus infinity if nothing changed
   */
  close({ closings }: SentThrough, limit: RateLimit, now: number): number {
    const isNew = closings === this.#closings;
    if (isNew) {
      this.#closings += 1;
      this.#refusals += 1;
      this.#probe = "needed";
    } else if (this.#probe !== "needed") {
      return Number.NEGATIVE_INFINITY;
    }
    const until = now + waitFor(limit, Math.max(1, this.#refusals));
    if (until <= this.#until) return Number.NEGATIVE_INFINITY;
    this.#until = until;
    return until;
  }
}

function waitFor({ shape, wait }: RateLimit, refusals: number): number {
  const floor = wait === undefined ? FIRST_WAIT[shape] : SHORTEST_WAIT;
  return Math.max(wait ?? 0, backoff(refusals, floor, Math.max(floor, LONGEST_WAIT), Math.random()));
}
