import { EngageError } from "../../engage-error.ts";

/** Adds up the waits for rate limits since the last success, each moment once. */
export class Patience {
  readonly #maxWait: number;
  #waited = 0;
  #countedUntil = Number.NEGATIVE_INFINITY;

  /** @param maxWait milliseconds */
  constructor(maxWait: number) {
    this.#maxWait = maxWait;
  }

  /** Waits until `until`. @throws {EngageError} `rate-limited`, if that is too long */
  spend(now: number, until: number): void {
    this.#waited += Math.max(0, until - Math.max(now, this.#countedUntil));
    this.#countedUntil = Math.max(this.#countedUntil, until);
    if (this.#waited <= this.#maxWait) return;
    const retryAfter = until - now;
    throw new EngageError(
      "rate-limited",
      `Mixpanel takes no more queries for now, and waiting would go past the longest wait of ${this.#maxWait / 1000} s; ` +
        `the next slot is at ${new Date(Date.now() + retryAfter).toISOString()}, in ${Math.ceil(retryAfter / 1000)} s`,
      { status: 429, retryAfter },
    );
  }

  /** A request has succeeded. */
  restore(): void {
    this.#waited = 0;
  }
}
