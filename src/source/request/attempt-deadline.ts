import { clock } from "../../clock.ts";
import { whenAborted } from "../../when-aborted.ts";

// The API's own read deadline is about 488 s; a body that stands still for so long will not go on.
const STALL_LIMIT = 60_000;

/** Ends one attempt: when its caller does, after a time, or when its body stands still. */
export class AttemptDeadline {
  /** Says which limit was passed, once one was. */
  exceeded: string | undefined;
  readonly #controller = new AbortController();
  readonly #timer: ReturnType<typeof setTimeout>;
  #stallTimer: ReturnType<typeof setTimeout> | undefined;
  #lastByte = 0;
  readonly #stopListening: () => void;

  /** @param timeout milliseconds */
  constructor(timeout: number, caller: AbortSignal) {
    // A plain timer: a composite of `AbortSignal.timeout` once let a stalled body hang on Node 20.
    this.#timer = setTimeout(
      () => this.#exceed(`No whole answer within ${timeout / 1000} s`),
      Math.min(timeout, 2 ** 31 - 1),
    );
    this.#stopListening = whenAborted(caller, () => this.#controller.abort(caller.reason));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** From now on a pause of 60 s without {@link byteArrived} ends the attempt. */
  watchBody(): void {
    this.byteArrived();
    const check = (): void => {
      if (this.signal.aborted) return;
      const still = clock.now() - this.#lastByte;
      if (still >= STALL_LIMIT) this.#exceed(`No further byte of the answer within ${STALL_LIMIT / 1000} s`);
      else this.#stallTimer = setTimeout(check, Math.ceil(STALL_LIMIT - still));
    };
    check();
  }

  byteArrived(): void {
    this.#lastByte = clock.now();
  }

  /** Forgets timers and listeners. */
  clear(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#stallTimer);
    this.#stopListening();
  }

  #exceed(what: string): void {
    this.exceeded = what;
    this.#controller.abort(new Error(what));
  }
}
