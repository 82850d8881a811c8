import { indexOf, pageOf } from "../page/engage-profile.ts";
import { SLICES } from "../page/page-slices.ts";
import { type ProfileRow, sentOf } from "../page/profile-row.ts";

// Of eight bytes each.
const MOST_IDS = 2 ** 20;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/**
 * The ids of an export that keeps every line, so that it can be told whether some came twice. Kept as hashes of 53 bits, of
 * which two in a million are the same in one of ten thousand exports; of more than a million ids nothing is kept.
 */
export class SeenIds {
  #hashes: Float64Array = new Float64Array();
  #length = 0;
  #isKnown = true;

  add(rows: readonly ProfileRow[]): void {
    if (!this.#isKnown) return;
    if (this.#length + rows.length > MOST_IDS) {
      this.#isKnown = false;
      this.#hashes = new Float64Array();
      return;
    }
    while (this.#length + rows.length > this.#hashes.length) {
      const larger = new Float64Array(Math.max(1_024, 2 * this.#hashes.length));
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    for (const row of rows) {
      const hash = hashOf(row);
      if (hash !== undefined) this.#hashes[this.#length++] = hash;
    }
  }

  /** How many came that had come before, or undefined if there are too many to know. */
  repeated(): number | undefined {
    if (!this.#isKnown) return undefined;
    return this.#length - new Set(this.#hashes.subarray(0, this.#length)).size;
  }

  /** The same ids. Both may go on, as long as what is added to one of them is never asked of the other. */
  clone(): SeenIds {
    const clone = new SeenIds();
    clone.#hashes = this.#hashes;
    clone.#length = this.#length;
    clone.#isKnown = this.#isKnown;
    return clone;
  }
}

/** Undefined for a row without an id. */
function hashOf(row: ProfileRow): number | undefined {
  const profile = sentOf(row);
  if (profile === undefined) return hashOfText(row.distinctId);
  const page = pageOf(profile);
  const { bytes } = page;
  let at = page.begin(indexOf(profile), SLICES.distinctId);
  let end = page.end(indexOf(profile), SLICES.distinctId);
  if (end === 0) return undefined;
  if (bytes[at] === QUOTE) {
    at += 1;
    end -= 1;
  }
  const hash = new Hash();
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    // What is escaped or beyond ASCII has other units as text.
    if (byte === BACKSLASH || byte > 0x7f) return hashOfText(row.distinctId);
    hash.add(byte);
  }
  return hash.value;
}

function hashOfText(text: string | null): number | undefined {
  if (text === null) return undefined;
  const hash = new Hash();
  for (let at = 0; at < text.length; at++) hash.add(text.charCodeAt(at));
  return hash.value;
}

/** Two FNV-like hashes of 32 bits, mixed into one of 53 (after cyrb53, which is in the public domain). */
class Hash {
  #first = 0xdeadbeef;
  #second = 0x41c6ce57;

  add(unit: number): void {
    this.#first = Math.imul(this.#first ^ unit, 2_654_435_761);
    this.#second = Math.imul(this.#second ^ unit, 1_597_334_677);
  }

  get value(): number {
    const [first, second] = [this.#first, this.#second];
    const low = Math.imul(first ^ (first >>> 16), 2_246_822_507) ^ Math.imul(second ^ (second >>> 13), 3_266_489_909);
    const high = Math.imul(second ^ (second >>> 16), 2_246_822_507) ^ Math.imul(first ^ (first >>> 13), 3_266_489_909);
    return 2 ** 32 * (high & 0x1fffff) + (low >>> 0);
  }
}
