// The API's own read deadline is about 488 s; a body that stands still for so long will not go on.
const STALL_LIMIT = 60_000;

/** Ends one attempt: when its caller does, after a time, or when its body stands still. */
export class AttemptDeadline {
  /** Says which limit was passed, once one was. */
  exceeded: string | undefined;
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  #lastByte = 0;

  /** @param timeout milliseconds */
  constructor(timeout: number, caller: AbortSignal) {
    this.#caller = caller;
    // A plain timer: a composite of `AbortSignal.timeout` once let a stalled body hang on Node 20.
    this.#timer = setTimeout(
      () => this.#exceed(`No whole answer within ${timeout / 1000} s`),
      Math.min(timeout, 2 ** 31 - 1),
    );
    caller.addEventListener("abort", this.#onAbort, { once: true });
    if (caller.aborted) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles as `work` does, or rejects at the deadline even where `work` does not hear the signal. */
  async race<T>(work: Promise<T>): Promise<T> {
    let onAbort = (): void => {};
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(this.signal.reason);
      if (this.signal.aborted) onAbort();
      else this.signal.addEventListener("abort", onAbort, { once: true });
    });
    work.catch(() => {});
    try {
      return await Promise.race([work, aborted]);
    } finally {
      this.signal.removeEventListener("abort", onAbort);
    }
  }

  /** From now on a pause of 60 s without {@link byteArrived} ends the attempt. */
  watchBody(): void {
    this.byteArrived();
    const check = (): void => {
      if (this.signal.aborted) return;
      const still = Date.now() - this.#lastByte;
      if (still >= STALL_LIMIT) this.#exceed(`No further byte of the answer within ${STALL_LIMIT / 1000} s`);
      else this.#stallTimer = setTimeout(check, STALL_LIMIT - still);
    };
    check();
  }

  byteArrived(): void {
    this.#lastByte = Date.now();
  }

  /** Forgets timers and listeners. */
  clear(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#stallTimer);
    this.#caller.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#controller.abort(this.#caller.reason);

  #exceed(what: string): void {
    this.exceeded = what;
    this.#controller.abort(new Error(what));
  }
}
