import { SLICES, SLICES_PER_PROFILE } from "../../page/page-slices.ts";
import { isKey } from "./is-key.ts";
import { JsonByte } from "./json-byte.ts";
import type { JsonScanner } from "./json-scanner.ts";
import { PropertiesSlices } from "./properties-slices.ts";

const DISTINCT_ID = new TextEncoder().encode('"$distinct_id"');
const PROPERTIES = new TextEncoder().encode('"$properties"');

/** Finds the parts of one profile after the other, whatever it looks like. */
export class ProfileScanner {
  /** The properties of the last profile, where they do not stand in the page as they are wanted. */
  rewritten: Uint8Array | undefined;
  readonly #scanner: JsonScanner;
  readonly #properties: PropertiesSlices;
  readonly #offsets = new Uint32Array(SLICES_PER_PROFILE);

  constructor(scanner: JsonScanner) {
    this.#scanner = scanner;
    this.#properties = new PropertiesSlices(scanner);
  }

  /**
   * Steps over the profile ahead: its offsets as in `PageSlices`, valid until the next call.
   *
   * @throws {JsonSyntaxError} where it is no JSON in UTF-8
   * @throws {TypeError} where it or its `$properties` is no object
   */
  profile(): Uint32Array {
    const scanner = this.#scanner;
    const properties = this.#properties;
    const start = scanner.at;
    const { lineBreaks } = scanner;
    if (scanner.bytes[start] !== JsonByte.OpenObject) {
      throw new TypeError(`Expected a profile to be an object at byte ${start}`);
    }
    this.#offsets.fill(0);
    properties.clear();
    for (let member = scanner.openObject(); member; member = scanner.nextMember()) this.#member();
    this.#note(SLICES.profile, start, scanner.at);
    this.#note(SLICES.properties, properties.start, properties.end);
    this.#note(SLICES.lastSeen, properties.seenStart, properties.seenEnd);
    const { cuts, cutAt } = properties;
    if (cuts > 0) this.#note(SLICES.cut, cutAt[0] ?? 0, cutAt[1] ?? 0);
    const hasLineBreaks = scanner.lineBreaks > lineBreaks && properties.end > 0;
    this.rewritten = cuts > 1 || hasLineBreaks ? properties.rewritten() : undefined;
    return this.#offsets;
  }

  #member(): void {
    const scanner = this.#scanner;
    scanner.key();
    const { bytes, keyStart, keyEnd, at: start } = scanner;
    const first = bytes[start] ?? 0;
    if (isKey(PROPERTIES, bytes, keyStart, keyEnd)) {
      if (first === JsonByte.OpenObject) {
        this.#properties.read();
        return;
      }
      if (first !== JsonByte.LetterN) throw new TypeError(`Expected $properties to be an object at byte ${start}`);
      this.#properties.clear();
    }
    scanner.skipValue();
    if (!isKey(DISTINCT_ID, bytes, keyStart, keyEnd)) return;
    const isNumber = first === JsonByte.Minus || (first >= JsonByte.Digit0 && first <= JsonByte.Digit9);
    const isFilledText = first === JsonByte.Quote && scanner.at - start > 2;
    const isId = isNumber || isFilledText;
    this.#note(SLICES.distinctId, isId ? start : 0, isId ? scanner.at : 0);
  }

  #note(part: number, begin: number, end: number): void {
    this.#offsets[part] = begin;
    this.#offsets[part + 1] = end;
  }
}
