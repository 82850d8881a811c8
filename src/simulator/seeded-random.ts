/** Numbers that look random and are the same for the same two seeds, everywhere. */
export class SeededRandom {
  #state: number;

  constructor(seed: number, stream: number) {
    this.#state = hash(seed, stream);
  }

  /** An unsigned 32-bit integer. */
  next(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    return finish(this.#state);
  }

  /** An integer from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor((this.next() / 0x1_0000_0000) * limit);
  }

  /** 0 up to, not including, 1. */
  fraction(): number {
    return this.next() / 0x1_0000_0000;
  }

  /** One of `choices`, all equally likely. */
  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }
}

/** Two numbers to one unsigned 32-bit integer; of a seed above 2^32 the upper bits matter too. */
export function hash(seed: number, stream: number): number {
  const high = Math.floor(seed / 0x1_0000_0000) | 0;
  return finish(finish((seed | 0) ^ Math.imul(high, 0x85ebca6b)) ^ Math.imul(stream | 0, 0x9e3779b1));
}

// The finalizer of MurmurHash3: every bit of the input flips half of the output's.
function finish(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
