/** Moments of a column as Arrow and DuckDB lay them out: microseconds since the epoch, and a bit for each that is one. */
export class TimestampColumn {
  #micros = new BigInt64Array();
  #validity = new Uint8Array();
  #length = 0;
  #nulls = 0;

  get length(): number {
    return this.#length;
  }

  get nulls(): number {
    return this.#nulls;
  }

  /** The values, until the column is cleared; 0 for null. */
  get micros(): BigInt64Array<ArrayBuffer> {
    return this.#micros.subarray(0, this.#length);
  }

  /** Bit n, counted from the lowest of the first byte, is 1 if there is a value; whole words of 8 bytes. */
  get validity(): Uint8Array<ArrayBuffer> {
    return this.#validity.subarray(0, 8 * Math.ceil(this.#length / 64));
  }

  at(index: number): bigint | null {
    const isValue = ((this.#validity[index >> 3] ?? 0) >> (index & 7)) & 1;
    return isValue ? (this.#micros[index] ?? null) : null;
  }

  /** Empties the column for up to `most` values. */
  clear(most: number): void {
    this.#length = 0;
    this.#nulls = 0;
    this.#validity.fill(0);
    if (this.#micros.length >= most) return;
    this.#micros = new BigInt64Array(most);
    this.#validity = new Uint8Array(8 * Math.ceil(most / 64));
  }

  /** Adds a moment in microseconds, or null for undefined. */
  add(micros: bigint | undefined): void {
    const index = this.#length++;
    this.#micros[index] = micros ?? 0n;
    if (micros === undefined) this.#nulls += 1;
    else this.#validity[index >> 3] = (this.#validity[index >> 3] ?? 0) | (1 << (index & 7));
  }
}
