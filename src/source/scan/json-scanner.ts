import { isKey } from "./is-key.ts";
import { JsonByte } from "./json-byte.ts";
import { JsonSyntaxError } from "./json-syntax-error.ts";
import { stringEnd } from "./string-end.ts";

const TRUE = new TextEncoder().encode("true");
const FALSE = new TextEncoder().encode("false");
const NULL = new TextEncoder().encode("null");

// A string may begin with U+FEFF, which a decoder drops unless told otherwise.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Steps over JSON values without making them: over bytes, in one pass, without recursion, as strict as `JSON.parse`, and
 * strict about UTF-8 too.
 */
export class JsonScanner {
  readonly bytes: Uint8Array;
  /** The next byte. */
  at = 0;
  /** The last key, quotes included. */
  keyStart = 0;
  keyEnd = 0;
  /** Line breaks met between tokens so far. */
  lineBreaks = 0;
  /** How many members the last {@link skipValue} noted. */
  found = 0;
  /** Where the key of each begins and where its value, by turns. Never emptied: a list for each profile is much garbage. */
  readonly foundAt: number[] = [];
  readonly #words: DataView;
  /** What ends the containers that {@link skipValue} is inside of, but for the innermost. */
  #outer = new Uint8Array(64);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    // A byte order mark is no JSON, but every client drops it.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** The next byte that is no white space, not consumed; 0 at the end. */
  peek(): number {
    this.at = this.#pastSpace(this.at);
    return this.bytes[this.at] ?? 0;
  }

  /** Steps into the object ahead, up to its first key; false where it is empty, and stepped over. */
  openObject(): boolean {
    return this.#openContainer(JsonByte.CloseObject);
  }

  /** Steps over a key and its colon, up to the value. */
  key(): void {
    this.keyStart = this.at;
    if (this.bytes[this.at] !== JsonByte.Quote) fail(this.bytes, "a string", this.at);
    this.keyEnd = this.stringEnd(this.at);
    this.at = this.#pastSpace(this.keyEnd);
    if (this.bytes[this.at] !== JsonByte.Colon) fail(this.bytes, "a colon", this.at);
    this.at = this.#pastSpace(this.at + 1);
  }

  /** Goes on behind a value, up to the next key; false where the object ends, and is stepped over. */
  nextMember(): boolean {
    return this.#anotherOr(JsonByte.CloseObject);
  }

  /** Steps into the array ahead, up to its first item; false where it is empty, and stepped over. */
  openArray(): boolean {
    return this.#openContainer(JsonByte.CloseArray);
  }

  /** Goes on behind an item, up to the next; false where the array ends, and is stepped over. */
  nextItem(): boolean {
    return this.#anotherOr(JsonByte.CloseArray);
  }

  /**
   * Steps over one value, whatever it is and however deep. In an object it notes the members `key` in {@link foundAt}.
   *
   * Where WebAssembly may not be compiled nearly all of a page goes through here: one loop that keeps what it knows to
   * itself takes 0.75 of the time of steps that share it.
   */
  skipValue(key?: Uint8Array): void {
    const { bytes } = this;
    const words = this.#words;
    let found = 0;
    let at = this.at;
    let depth = 0;
    let close = 0;
    for (;;) {
      if ((bytes[at] ?? 0) <= JsonByte.Space) at = this.#spaceEnd(at);
      if (close === JsonByte.CloseObject) {
        if (bytes[at] !== JsonByte.Quote) fail(bytes, "a string", at);
        const keyStart = at;
        const keyEnd = stringEnd(bytes, words, at);
        at = keyEnd;
        if ((bytes[at] ?? 0) <= JsonByte.Space) at = this.#spaceEnd(at);
        if (bytes[at] !== JsonByte.Colon) fail(bytes, "a colon", at);
        at += 1;
        if ((bytes[at] ?? 0) <= JsonByte.Space) at = this.#spaceEnd(at);
        if (depth === 1 && key && isKey(key, bytes, keyStart, keyEnd)) {
          this.foundAt[2 * found] = keyStart;
          this.foundAt[2 * found + 1] = at;
          found += 1;
        }
      }

      const first = bytes[at] ?? 0;
      if (first === JsonByte.Quote) at = stringEnd(bytes, words, at);
      else if (first === JsonByte.OpenObject || first === JsonByte.OpenArray) {
        const innerClose = first === JsonByte.OpenObject ? JsonByte.CloseObject : JsonByte.CloseArray;
        at += 1;
        if ((bytes[at] ?? 0) <= JsonByte.Space) at = this.#spaceEnd(at);
        if (bytes[at] !== innerClose) {
          this.#enclose(depth++, close);
          close = innerClose;
          continue;
        }
        at += 1;
      } else at = scalarEnd(bytes, at, first);

      for (;;) {
        if (depth === 0) {
          this.at = at;
          this.found = found;
          return;
        }
        if ((bytes[at] ?? 0) <= JsonByte.Space) at = this.#spaceEnd(at);
        const separator = bytes[at];
        at += 1;
        if (separator === JsonByte.Comma) break;
        if (separator !== close) failSeparator(bytes, close, at - 1);
        depth -= 1;
        close = this.#outer[depth] ?? 0;
      }
    }
  }

  /** Fails unless only white space follows. */
  end(): void {
    // To look beyond the end would make the engine drop what it compiled.
    if (this.at === this.bytes.length) return;
    this.peek();
    if (this.at < this.bytes.length) fail(this.bytes, "the end", this.at);
  }

  /** Where the string at `start` ends. */
  stringEnd(start: number): number {
    return stringEnd(this.bytes, this.#words, start);
  }

  /** The value of a token or a small document that was stepped over. */
  parse(start: number, end: number): unknown {
    return JSON.parse(decoder.decode(this.bytes.subarray(start, end)));
  }

  #pastSpace(at: number): number {
    return (this.bytes[at] ?? 0) > JsonByte.Space ? at : this.#spaceEnd(at);
  }

  #spaceEnd(start: number): number {
    for (let at = start; ; at++) {
      const byte = this.bytes[at];
      if (byte === JsonByte.LineFeed || byte === JsonByte.CarriageReturn) this.lineBreaks += 1;
      else if (byte !== JsonByte.Space && byte !== JsonByte.Tab) return at;
    }
  }

  #enclose(depth: number, close: number): void {
    if (depth === this.#outer.length) {
      const wider = new Uint8Array(depth * 2);
      wider.set(this.#outer);
      this.#outer = wider;
    }
    this.#outer[depth] = close;
  }

  #openContainer(close: number): boolean {
    this.peek();
    this.at += 1;
    if (this.peek() !== close) return true;
    this.at += 1;
    return false;
  }

  /** Steps over a comma, up to what follows, and says true; or over `close` and says false. */
  #anotherOr(close: number): boolean {
    const byte = this.peek();
    if (byte !== JsonByte.Comma && byte !== close) failSeparator(this.bytes, close, this.at);
    this.at += 1;
    if (byte !== JsonByte.Comma) return false;
    this.peek();
    return true;
  }
}

function scalarEnd(bytes: Uint8Array, at: number, first: number): number {
  if (first === JsonByte.LetterT) return literalEnd(bytes, at, TRUE);
  if (first === JsonByte.LetterF) return literalEnd(bytes, at, FALSE);
  if (first === JsonByte.LetterN) return literalEnd(bytes, at, NULL);
  return numberEnd(bytes, at);
}

function literalEnd(bytes: Uint8Array, at: number, word: Uint8Array): number {
  for (let nth = 1; nth < word.length; nth++) if (bytes[at + nth] !== word[nth]) fail(bytes, "a value", at + nth);
  return at + word.length;
}

function numberEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  if (bytes[at] === JsonByte.Minus) at += 1;
  at = bytes[at] === JsonByte.Digit0 ? at + 1 : digitsEnd(bytes, at);
  if (bytes[at] === JsonByte.Dot) at = digitsEnd(bytes, at + 1);
  const exponent = bytes[at];
  if (exponent === JsonByte.LetterE || exponent === JsonByte.UpperE) {
    const sign = bytes[at + 1];
    at = digitsEnd(bytes, sign === JsonByte.Plus || sign === JsonByte.Minus ? at + 2 : at + 1);
  }
  return at;
}

function digitsEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let byte = bytes[at] ?? 0; byte >= JsonByte.Digit0 && byte <= JsonByte.Digit9; byte = bytes[at] ?? 0) at += 1;
  if (at === start) fail(bytes, "a value", at);
  return at;
}

function failSeparator(bytes: Uint8Array, close: number, at: number): never {
  fail(bytes, `a comma or ${String.fromCharCode(close)}`, at);
}

function fail(bytes: Uint8Array, expected: string, at: number): never {
  const end = at >= bytes.length ? ", but it ends" : "";
  throw new JsonSyntaxError(at, `Expected ${expected}${end}`);
}
