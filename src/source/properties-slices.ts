import { JsonByte } from "./json-byte.ts";
import type { JsonScanner } from "./json-scanner.ts";

const LAST_SEEN = new TextEncoder().encode('"$last_seen"');

const NONE: number[] = [];

/** Where one profile's `$properties` lie, its `$last_seen`, and what to leave out. Used again for each profile. */
export class PropertiesSlices {
  start = 0;
  end = 0;
  /** The text token of the last `$last_seen` that is text. */
  seenStart = 0;
  seenEnd = 0;
  /** Begin and end of each stretch to leave out: a `$last_seen` that is text, with one comma. */
  cuts: number[] = NONE;
  readonly #scanner: JsonScanner;

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
    this.seenStart = 0;
    this.seenEnd = 0;
    this.cuts = NONE;
  }

  /** Steps over the object ahead and remembers its parts. */
  read(): void {
    const scanner = this.#scanner;
    this.clear();
    this.start = scanner.at;
    scanner.skipValue(LAST_SEEN);
    this.end = scanner.at;
    for (const { keyStart, valueStart } of scanner.found) {
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
      if (at === this.cuts[cut]) {
        at = (this.cuts[cut + 1] ?? at) - 1;
        cut += 2;
        continue;
      }
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
    if (bytes[before] === JsonByte.Comma && this.cuts[this.cuts.length - 1] !== keyStart) {
      start = lastBefore(bytes, before) + 1;
    } else {
      const behind = firstFrom(bytes, valueEnd);
      if (bytes[behind] === JsonByte.Comma) end = firstFrom(bytes, behind + 1);
    }
    if (this.cuts === NONE) this.cuts = [start, end];
    else this.cuts.push(start, end);
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
