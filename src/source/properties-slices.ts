import { isKey } from "./is-key.ts";
import type { JsonScanner } from "./json-scanner.ts";

const LAST_SEEN = new TextEncoder().encode('"$last_seen"');
const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** The end of a cut that reaches to the next member, until that is met. */
const NEXT_MEMBER = -1;

/** Where one profile's `$properties` lie, its `$last_seen`, and what to leave out. Used again for each profile. */
export class PropertiesSlices {
  start = 0;
  end = 0;
  /** The text token of the last `$last_seen` that is text. */
  seenStart = 0;
  seenEnd = 0;
  /** Begin and end of each stretch to leave out: a `$last_seen` that is text, with one comma. */
  cuts: number[] = [];
  #kept = 0;
  #previousEnd = 0;
  readonly #scanner: JsonScanner;

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner;
  }

  clear(): void {
    this.start = 0;
    this.end = 0;
    this.seenStart = 0;
    this.seenEnd = 0;
    this.#kept = 0;
    if (this.cuts.length > 0) this.cuts = [];
  }

  /** Steps over the object ahead and remembers its parts. */
  read(): void {
    const scanner = this.#scanner;
    this.clear();
    this.start = scanner.at;
    for (let member = scanner.openObject(); member; member = scanner.nextMember()) this.#readProperty();
    this.#endCut(this.#previousEnd);
    this.end = scanner.at;
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
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) kept[length++] = byte;
    }
    return kept.slice(0, length);
  }

  #readProperty(): void {
    const scanner = this.#scanner;
    scanner.key();
    const { keyStart, keyEnd, keyEscaped } = scanner;
    this.#endCut(keyStart);
    const start = scanner.at;
    const isText = scanner.bytes[start] === QUOTE;
    scanner.skipValue();
    if (isText && isKey(LAST_SEEN, scanner.bytes, keyStart, keyEnd, keyEscaped)) {
      this.seenStart = start;
      this.seenEnd = scanner.at;
      if (this.#kept === 0) this.cuts.push(keyStart, NEXT_MEMBER);
      else this.cuts.push(this.#previousEnd, scanner.at);
    } else this.#kept += 1;
    this.#previousEnd = scanner.at;
  }

  #endCut(at: number): void {
    if (this.cuts.length > 0 && this.cuts[this.cuts.length - 1] === NEXT_MEMBER) this.cuts[this.cuts.length - 1] = at;
  }
}
