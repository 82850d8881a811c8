import { JsonByte } from "./json-byte.ts";
import type { JsonScanner } from "./json-scanner.ts";

const LAST_SEEN = new TextEncoder().encode('"$last_seen"');

/** Where one profile's `$properties` lie, its `$last_seen`, and what to leave out. Used again for each profile. */
export class PropertiesSlices {
  start = 0;
  end = 0;
  /** The text token of the last `$last_seen` that is text. */
  seenStart = 0;
  seenEnd = 0;
  /** How many stretches to leave out: each a `$last_seen` that is text, with one comma. */
  cuts = 0;
  /** Where each begins and ends, by turns, for the first {@link cuts}; never emptied. */
  readonly cutAt: number[] = [];
  readonly #scanner: JsonScanner;

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
    this.seenStart = 0;
    this.seenEnd = 0;
    this.cuts = 0;
  }

  /** Steps over the object ahead and remembers its parts. */
  read(): void {
    const scanner = this.#scanner;
    this.clear();
    this.start = scanner.at;
    scanner.skipValue(LAST_SEEN);
    this.end = scanner.at;
    for (let nth = 0; nth < scanner.found; nth++) {
      const keyStart = scanner.foundAt[2 * nth] ?? 0;
      const valueStart = scanner.foundAt[2 * nth + 1] ?? 0;
      if (scanner.bytes[valueStart] !== JsonByte.Quote) continue;
      this.seenStart = valueStart;
      this.seenEnd = scanner.stringEnd(valueStart);
      this.#cut(keyStart, this.seenEnd);
    }
  }

  /** The bytes of the object without its cuts and without line breaks, which in valid JSON stand between tokens only. */
  rewritten(): Uint8Array {
    const { bytes } = this.#scanner;
    const kept = new Uint8Array(this.end - this.start);
    let length = 0;
    let cut = 0;
    for (let at = this.start; at < this.end; at++) {
      for (; cut < this.cuts && at === this.cutAt[2 * cut]; cut++) at = this.cutAt[2 * cut + 1] ?? at;
      const byte = bytes[at] ?? 0;
      if (byte !== JsonByte.LineFeed && byte !== JsonByte.CarriageReturn) kept[length++] = byte;
    }
    return kept.slice(0, length);
  }

  /** Leaves a member out with the comma before it, or where none is left before it, with the one behind it. */
  #cut(keyStart: number, valueEnd: number): void {
    const { bytes } = this.#scanner;
    const before = lastBefore(bytes, keyStart);
    let start = keyStart;
    let end = valueEnd;
    if (bytes[before] === JsonByte.Comma && (this.cuts === 0 || this.cutAt[2 * this.cuts - 1] !== keyStart)) {
      start = lastBefore(bytes, before) + 1;
    } else {
      const behind = firstFrom(bytes, valueEnd);
      if (bytes[behind] === JsonByte.Comma) end = firstFrom(bytes, behind + 1);
    }
    this.cutAt[2 * this.cuts] = start;
    this.cutAt[2 * this.cuts + 1] = end;
    this.cuts += 1;
  }
}

/** The last byte before `end` that is no white space. */
function lastBefore(bytes: Uint8Array, end: number): number {
  let at = end - 1;
  while ((bytes[at] ?? 0) <= JsonByte.Space) at -= 1;
  return at;
}

/** The first byte from `start` on that is no white space. */
function firstFrom(bytes: Uint8Array, start: number): number {
  let at = start;
  while ((bytes[at] ?? 0) <= JsonByte.Space) at += 1;
  return at;
}
