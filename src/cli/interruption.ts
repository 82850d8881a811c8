import { EXIT } from "./exit-code.ts";

/** What is needed of a process. */
export interface Signalled {
  readonly pid: number;
  on(signal: Signal, listener: () => void): unknown;
  removeAllListeners(signal: Signal): unknown;
  kill(pid: number, signal: Signal): unknown;
  exit(code: number): unknown;
}

type Signal = (typeof SIGNALS)[number];

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** A terminal sends Ctrl-C to npm too, which may send it on. */
const ONE_PRESS = 500;

// An export has 30 s to keep what a resumed run goes on from.
const LONGEST_END = 40_000;

/**
 * The first signal to the process ends the command in good order. One that comes later is the system's, and ends the process at
 * once; so does the time, if what is under way never ends.
 */
export class Interruption {
  readonly #process: Signalled;
  readonly #interrupted = new AbortController();

  constructor(signalled: Signalled) {
    this.#process = signalled;
    for (const name of SIGNALS) signalled.on(name, () => this.#take(name));
  }

  /** Fires with the first signal. */
  get signal(): AbortSignal {
    return this.#interrupted.signal;
  }

  /** Leaves the next signal to the system: to exit takes for ever if a thread waits for a pipe, say, and listens to nothing. */
  release(): void {
    for (const name of SIGNALS) this.#process.removeAllListeners(name);
  }

  #take(name: Signal): void {
    if (this.signal.aborted) return;
    setTimeout(() => this.release(), ONE_PRESS);
    setTimeout(() => {
      this.#process.kill(this.#process.pid, name);
      // Not every system gives a signal back.
      this.#process.exit(EXIT.interrupted);
    }, LONGEST_END);
    this.#interrupted.abort(new Error(name));
  }
}
