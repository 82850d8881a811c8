// While the head waits for a repeat, a window of twice the concurrency would stall everything behind it.
const WIDEST_WINDOW = 40;
const BYTE_BUDGET = 256 * 1024 * 1024;

interface InOrderOptions<T> {
  /** What to load, in the order of delivery. */
  readonly indexes: Iterator<number>;
  /** Starts a load, and calls `onRepeat` when it failed and will be tried again. */
  readonly load: (index: number, onRepeat: () => void) => Promise<T>;
  /** How many loads may be started and not yet delivered. */
  readonly window: number;
  /** Whether the window grows while the head waits for a repeat. */
  readonly mayGrow: boolean;
  /** Memory that a loaded value holds. */
  readonly bytesOf: (value: T) => number;
  /** Memory to expect of a value before one is there. */
  readonly typicalBytes: number;
}

/** A load under way. */
interface Ahead<T> {
  readonly value: Promise<T>;
  repeating: boolean;
  bytes: number | undefined;
}

/** Starts loads ahead and delivers them in order. What is loaded and not delivered is bounded in number and in bytes. */
export class InOrder<T> {
  readonly #options: InOrderOptions<T>;
  readonly #ahead: Ahead<T>[] = [];
  #largest: number;
  #isAwaited = false;

  constructor(options: InOrderOptions<T>) {
    this.#options = options;
    this.#largest = options.typicalBytes;
  }

  /** The next value in order, or undefined after the last. */
  async next(): Promise<T | undefined> {
    this.#isAwaited = true;
    this.#startMore();
    const value = await this.#ahead[0]?.value;
    this.#isAwaited = false;
    this.#ahead.shift();
    this.#startMore();
    return value;
  }

  #startMore(): void {
    while (this.#mayStart()) {
      const { done, value: index } = this.#options.indexes.next();
      if (done) return;
      this.#start(index);
    }
  }

  #start(index: number): void {
    const onRepeat = (): void => {
      load.repeating = true;
      this.#startMore();
    };
    const value = this.#options.load(index, onRepeat);
    const load: Ahead<T> = { value, repeating: false, bytes: undefined };
    this.#ahead.push(load);
    value.then(
      (loaded) => {
        load.bytes = this.#options.bytesOf(loaded);
        this.#largest = Math.max(this.#largest, load.bytes);
        this.#startMore();
      },
      // Whoever awaits it hears of it; a load that nobody awaits any more must not be an unhandled rejection.
      () => {},
    );
  }

  #mayStart(): boolean {
    const [head] = this.#ahead;
    if (head === undefined) return true;
    const { window, mayGrow } = this.#options;
    const open = mayGrow && this.#isAwaited && head.repeating ? Math.max(WIDEST_WINDOW, window) : window;
    if (this.#ahead.length >= open) return false;
    const held = this.#ahead.reduce((sum, { bytes }) => sum + (bytes ?? this.#largest), 0);
    return held + this.#largest <= BYTE_BUDGET;
  }
}
