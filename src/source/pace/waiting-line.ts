import { whenAborted } from "../../when-aborted.ts";

interface Waiting<T> {
  readonly order: number;
  readonly notBefore: number;
  readonly signal: AbortSignal;
  readonly admit: (turn: T) => void;
}

/** Who waits for a turn: lower orders first, none before its time by the clock. */
export class WaitingLine<T> {
  readonly #onLeave: () => void;
  #line: readonly Waiting<T>[] = [];

  /** @param onLeave called when somebody has left without a turn */
  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  /** Waits for a turn; rejects with the signal's reason. */
  join(order: number, notBefore: number, signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        stopListening();
        this.#line = this.#line.filter((each) => each !== waiting);
      };
      const admit = (turn: T): void => {
        leave();
        resolve(turn);
      };
      const waiting: Waiting<T> = { order, notBefore, signal, admit };
      const stopListening = whenAborted(signal, () => {
        leave();
        reject(signal.reason);
        this.#onLeave();
      });
      this.#line = [...this.#line, waiting].sort((a, b) => a.order - b.order);
    });
  }

  /** Gives a turn to the first whose time has come; false if there is nobody. */
  admitNext(now: number, turn: () => T): boolean {
    const next = this.#line.find(({ notBefore, signal }) => notBefore <= now && !signal.aborted);
    next?.admit(turn());
    return next !== undefined;
  }

  /** When the first turn is due, or undefined if nobody waits. */
  get nextDue(): number | undefined {
    return this.#line.length === 0 ? undefined : Math.min(...this.#line.map(({ notBefore }) => notBefore));
  }
}
