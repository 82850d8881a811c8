import { clock } from "../../clock.ts";
import { EngageError } from "../../engage-error.ts";
import type { RateLimit } from "./rate-limit-headers.ts";
import { backoff } from "./retry-policy.ts";

/** Leave to send one request; given back by one of these, unless everything ends. */
export interface Pass {
  succeed(): void;
  fail(): void;
  /** @throws {EngageError} `rate-limited`, where the wait would go past `maxWait` */
  rateLimited(limit: RateLimit): void;
}

interface Waiting {
  readonly order: number;
  readonly notBefore: number;
  readonly signal: AbortSignal;
  readonly admit: () => void;
  readonly reject: (reason: unknown) => void;
}

interface GateOptions {
  /** Requests in flight at most. */
  readonly concurrency: number;
  /** Bounds the sum of waits for a rate limit without a successful response; milliseconds. */
  readonly maxWait: number;
  /** Hears of each wait for a rate limit, with the time it ends by the clock. */
  readonly onWait: (until: number, limit: RateLimit) => void;
}

// After a 429 that names no time, and as a floor under those that name a very short one.
const FIRST_WAIT = { window: 60_000, concurrency: 1_000, "load-shedding": 1_000 };
const SHORTEST_WAIT = 100;
const LONGEST_WAIT = 60_000;

/**
 * Who may send a request now: at most so many in flight, nobody while a rate limit lasts, and each repeat not before its
 * time. After a rate limit one request probes; the others follow when it succeeds. Earlier pages go first.
 */
export class RequestGate {
  readonly #options: GateOptions;
  #waiting: Waiting[] = [];
  #inFlight = 0;
  /** Requests in flight at most, for now: a concurrency limit lowers it, successes raise it again. */
  #limit: number;
  #successes = 0;
  #closedUntil = Number.NEGATIVE_INFINITY;
  #probing: "needed" | "sent" | "no" = "no";
  /** Counts closings: a 429 to a request from before the last one tells nothing new. */
  #closings = 0;
  /** 429s in a row. */
  #refusals = 0;
  #waited = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#limit = options.concurrency;
  }

  /** Waits for leave to send a request; lower orders first, none before its time by the {@link clock}. */
  enter(order: number, notBefore: number, signal: AbortSignal): Promise<Pass> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason);
        return;
      }
      // The same listener for everyone who waits: Node warns of more than ten on one signal.
      signal.addEventListener("abort", this.#onAbort);
      this.#waiting.push({ order, notBefore, signal, admit: () => resolve(this.#pass()), reject });
      this.#waiting.sort((a, b) => a.order - b.order);
      this.#admit();
    });
  }

  readonly #onAbort = (): void => {
    const left = this.#waiting.filter(({ signal }) => signal.aborted);
    this.#waiting = this.#waiting.filter(({ signal }) => !signal.aborted);
    for (const { reject, signal } of left) reject(signal.reason);
    this.#admit();
  };

  #pass(): Pass {
    const closings = this.#closings;
    const isProbe = this.#probing === "needed";
    if (isProbe) this.#probing = "sent";
    this.#inFlight += 1;
    const leave = (probing: "needed" | "no") => {
      this.#inFlight -= 1;
      if (isProbe) this.#probing = probing;
    };
    return {
      succeed: () => {
        leave("no");
        this.#refusals = 0;
        this.#waited = 0;
        this.#raise();
        this.#admit();
      },
      fail: () => {
        leave("needed");
        this.#admit();
      },
      rateLimited: (limit) => {
        leave("needed");
        if (closings === this.#closings) this.#close(limit);
        else if (this.#probing === "needed") this.#extend(limit);
        this.#admit();
      },
    };
  }

  #close(limit: RateLimit): void {
    if (limit.shape === "concurrency") this.#limit = Math.max(1, Math.min(this.#limit, this.#inFlight));
    this.#closings += 1;
    this.#refusals += 1;
    this.#probing = "needed";
    this.#successes = 0;
    this.#extend(limit);
  }

  /** Stays closed until the limit is over. */
  #extend(limit: RateLimit): void {
    const now = clock.now();
    const until = now + this.#waitFor(limit);
    const more = until - Math.max(now, this.#closedUntil);
    if (more <= 0) return;
    this.#waited += more;
    if (this.#waited > this.#options.maxWait) {
      const retryAfter = until - now;
      throw new EngageError(
        "rate-limited",
        `Mixpanel takes no more queries for now, and waiting would go past the longest wait of ${this.#options.maxWait / 1000} s; ` +
          `the next slot is at ${new Date(Date.now() + retryAfter).toISOString()}, in ${Math.ceil(retryAfter / 1000)} s`,
        { status: 429, retryAfter },
      );
    }
    this.#closedUntil = until;
    this.#options.onWait(until, limit);
  }

  #waitFor({ shape, wait }: RateLimit): number {
    const floor = wait === undefined ? FIRST_WAIT[shape] : SHORTEST_WAIT;
    return Math.max(
      wait ?? 0,
      backoff(Math.max(1, this.#refusals), floor, Math.max(floor, LONGEST_WAIT), Math.random()),
    );
  }

  /** One more in flight after each round of successes. */
  #raise(): void {
    if (this.#limit === this.#options.concurrency || ++this.#successes < this.#limit) return;
    this.#successes = 0;
    this.#limit += 1;
  }

  #admit(): void {
    clearTimeout(this.#timer);
    const now = clock.now();
    while (this.#isOpen(now)) {
      const ready = this.#waiting.findIndex((waiting) => waiting.notBefore <= now);
      if (ready === -1) break;
      this.#waiting.splice(ready, 1)[0]?.admit();
    }
    this.#wakeUp(now);
  }

  #isOpen(now: number): boolean {
    if (this.#inFlight >= this.#limit || this.#probing === "sent") return false;
    return this.#probing === "no" || now >= this.#closedUntil;
  }

  /** Sets the timer for the next moment at which somebody may be let through without anyone leaving. */
  #wakeUp(now: number): void {
    if (this.#waiting.length === 0 || this.#inFlight >= this.#limit || this.#probing === "sent") return;
    const earliest = Math.min(...this.#waiting.map((waiting) => waiting.notBefore));
    const opening = this.#probing === "no" ? 0 : this.#closedUntil;
    // Timers take at most 2^31 - 1 milliseconds.
    const delay = Math.min(Math.max(earliest, opening) - now, 2 ** 31 - 1);
    this.#timer = setTimeout(() => this.#admit(), Math.max(1, Math.ceil(delay)));
  }
}
