import type { PageSlices } from "../../page/page-slices.ts";
import { copyBytes } from "../../page/page-slices.ts";

const encoder = new TextEncoder();

/** Texts of a column as Arrow lays them out: in UTF-8, one behind the other, with the places where they begin and end. */
export class TextColumn {
  #bytes = new Uint8Array();
  #offsets = new Int32Array(1);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The bytes of all texts, until the column is cleared. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#end);
  }

  /** Where each text begins in {@link bytes}, and behind the last one where that ends. */
  get offsets(): Int32Array<ArrayBuffer> {
    return this.#offsets.subarray(0, this.#length + 1);
  }

  /** The bytes of one text. */
  at(index: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(this.#offsets[index], this.#offsets[index + 1]);
  }

  /** Empties the column for up to `most` texts. What it has of memory it keeps: new memory is slow at first touch. */
  clear(most: number): void {
    this.#length = 0;
    if (this.#offsets.length <= most) this.#offsets = new Int32Array(most + 1);
  }

  /** Adds a text; lone surrogates become U+FFFD. */
  add(text: string): void {
    const bytes = encoder.encode(text);
    this.addRange(bytes, 0, bytes.length);
  }

  /** Adds a text that is UTF-8 already. */
  addRange(from: Uint8Array, begin: number, end: number): void {
    this.#reserve(end - begin);
    this.#endAt(copyBytes(from, begin, end, this.#bytes, this.#end));
  }

  /** Adds the properties of a profile as {@link PageSlices.copyProperties} has them. */
  addProperties(page: PageSlices, profile: number): void {
    this.#reserve(page.propertiesLength(profile));
    this.#endAt(page.copyProperties(profile, this.#bytes, this.#end));
  }

  get #end(): number {
    return this.#offsets[this.#length] ?? 0;
  }

  #endAt(end: number): void {
    this.#length += 1;
    this.#offsets[this.#length] = end;
  }

  #reserve(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    grown.set(this.bytes);
    this.#bytes = grown;
  }
}
