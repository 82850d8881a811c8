import { clock } from "../../clock.ts";
import type { OnWarning } from "../../engage-warning.ts";
import { Closure, type SentThrough } from "./closure.ts";
import { LearnedLimit } from "./learned-limit.ts";
import { Patience } from "./patience.ts";
import type { RateLimit } from "./rate-limit-headers.ts";
import { WaitingLine } from "./waiting-line.ts";

/** Leave to send one request; given back by one of these, unless everything ends. */
export interface Pass {
  succeed(): void;
  fail(): void;
  /**
   * @returns the time by the clock before which the same page may not be asked for again
   * @throws {EngageError} `rate-limited`, if the wait would go past `maxWait`
   */
  rateLimited(limit: RateLimit): number;
}

interface GateOptions {
  /** Requests in flight at most. */
  readonly concurrency: number;
  /** Bounds the sum of waits for a rate limit without a successful response; milliseconds. */
  readonly maxWait: number;
  /** Hears of each wait for a rate limit, with the time it ends by the clock. */
  readonly onWait: (until: number, limit: RateLimit) => void;
  readonly warn: OnWarning;
}

/** A timer takes at most so many milliseconds. */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Who may send a request now: the first in the {@link WaitingLine}, unless a {@link Closure} keeps everyone back, and no
 * more at a time than the {@link LearnedLimit} allows.
 */
export class RequestGate {
  readonly #onWait: GateOptions["onWait"];
  readonly #line = new WaitingLine<Pass>(() => this.#admit());
  readonly #closure = new Closure();
  readonly #limit: LearnedLimit;
  readonly #patience: Patience;
  #inFlight = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ concurrency, maxWait, onWait, warn }: GateOptions) {
    this.#onWait = onWait;
    this.#patience = new Patience(maxWait);
    this.#limit = new LearnedLimit(concurrency, (from, to) => warn({ code: "pace", message: paceText(from, to) }));
  }

  /** Waits for leave to send a request; lower orders first, none before its time by the {@link clock}. */
  enter(order: number, notBefore: number, signal: AbortSignal): Promise<Pass> {
    const turn = this.#line.join(order, notBefore, signal);
    this.#admit();
    return turn;
  }

  #pass(): Pass {
    this.#inFlight += 1;
    const throughClosure = this.#closure.sent();
    const withinLimit = this.#limit.sent(this.#inFlight);
    return {
      succeed: () => {
        this.#inFlight -= 1;
        this.#closure.succeeded(throughClosure);
        this.#limit.succeeded(withinLimit, clock.now());
        this.#patience.restore();
        this.#admit();
      },
      fail: () => {
        this.#inFlight -= 1;
        this.#closure.failed(throughClosure);
        this.#admit();
      },
      rateLimited: (refusal) => {
        this.#inFlight -= 1;
        this.#closure.failed(throughClosure);
        // While others of ours are in flight, a slot is free as soon as one of them ends: nobody else needs to wait.
        const isOurLimit = refusal.shape === "concurrency" && this.#inFlight > 0;
        const repeatAt = isOurLimit ? this.#lower(refusal) : this.#close(refusal, throughClosure);
        this.#admit();
        return repeatAt;
      },
    };
  }

  #lower(refusal: RateLimit): number {
    const now = clock.now();
    const until = now + (refusal.retryAfter ?? 0);
    this.#limit.refused(this.#inFlight, until);
    this.#wait(now, until, refusal);
    return until;
  }

  #close(refusal: RateLimit, sent: SentThrough): number {
    const now = clock.now();
    this.#wait(now, this.#closure.close(sent, refusal, now), refusal);
    return now;
  }

  #wait(now: number, until: number, refusal: RateLimit): void {
    if (until <= now) return;
    this.#patience.spend(now, until);
    this.#onWait(until, refusal);
  }

  #admit(): void {
    clearTimeout(this.#timer);
    const now = clock.now();
    while (this.#mayEnter(now) && this.#line.admitNext(now, () => this.#pass())) {}
    this.#wakeUp(now);
  }

  #mayEnter(now: number): boolean {
    return this.#inFlight < this.#limit.allowed && this.#closure.isOpen(now);
  }

  /** Sets the timer for the next moment at which somebody may be let through without anyone leaving. */
  #wakeUp(now: number): void {
    const { nextDue } = this.#line;
    const { opensAt } = this.#closure;
    if (nextDue === undefined || opensAt === undefined || this.#inFlight >= this.#limit.allowed) return;
    const delay = Math.ceil(Math.max(nextDue, opensAt) - now);
    this.#timer = setTimeout(() => this.#admit(), Math.min(Math.max(1, delay), LONGEST_TIMER));
  }
}

function paceText(from: number, to: number): string {
  const what =
    to < from ? "Mixpanel refused a query because too many run at once" : "Trying more queries at once again";
  return `${what}: at most ${to} ${to === 1 ? "request" : "requests"} at a time, instead of ${from}`;
}
