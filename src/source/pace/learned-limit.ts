// Costs at most one 429 in 20 pages, and finds out within about as many that others have left.
const PAGES_UNTIL_TRIAL = 20;

/**
 * How many requests may be in flight. The project's slots are shared with whoever else queries it, and only a 429 tells.
 *
 * Each 429 lowers `allowed`, and one more than that is remembered as too many. After 20 pages it is tried again: if a
 * request is refused, another 20 pages go by; if one succeeds, nothing is too many any more, and each page raises
 * `allowed` by one.
 */
export class LearnedLimit {
  readonly #most: number;
  readonly #onChange: (from: number, to: number) => void;
  #allowed: number;
  #tooMany = Number.POSITIVE_INFINITY;
  /** Whether as many were in flight since `allowed` changed. */
  #isTried = false;
  /** Counts the changes: a request that was sent before the last one proves nothing. */
  #changes = 0;
  /** Since the last change. */
  #pages = 0;
  #noTrialBefore = Number.NEGATIVE_INFINITY;

  /** @param onChange called with `allowed` as it was and as it is */
  constructor(most: number, onChange: (from: number, to: number) => void) {
    this.#most = most;
    this.#allowed = most;
    this.#onChange = onChange;
  }

  /** Requests in flight at most, for now. */
  get allowed(): number {
    return this.#allowed;
  }

  /** A request was sent, as one of `inFlight`. @returns what {@link succeeded} wants to know of it */
  sent(inFlight: number): number {
    if (inFlight >= this.#tooMany) this.#isTried = true;
    return this.#changes;
  }

  /** A request was refused, with `inFlight` others on their way; there is no trial before `notBefore`. */
  refused(inFlight: number, notBefore: number): void {
    this.#noTrialBefore = Math.max(this.#noTrialBefore, notBefore);
    this.#change(Math.max(1, Math.min(this.#allowed - 1, inFlight)));
    this.#tooMany = this.#allowed + 1;
  }

  succeeded(sent: number, now: number): void {
    this.#pages += 1;
    if (this.#isTried && sent === this.#changes) this.#tooMany = Number.POSITIVE_INFINITY;
    const isTrialDue = this.#pages >= PAGES_UNTIL_TRIAL && now >= this.#noTrialBefore;
    const mayRaise = this.#tooMany > this.#most || (isTrialDue && this.#allowed < this.#tooMany);
    if (mayRaise && this.#allowed < this.#most) this.#change(this.#allowed + 1);
  }

  #change(to: number): void {
    const from = this.#allowed;
    this.#allowed = to;
    this.#changes += 1;
    this.#pages = 0;
    this.#isTried = false;
    if (to !== from) this.#onChange(from, to);
  }
}
