import { JsonByte, spaceEnd } from "./json-byte.ts";

const encoder = new TextEncoder();
// A string may begin with U+FEFF, which a decoder drops unless told otherwise.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

const TRUE = encoder.encode("true");
const FALSE = encoder.encode("false");
const NULL = encoder.encode("null");
/** What may follow a backslash, except for `u`. */
const ESCAPES = new Set(encoder.encode('"\\/bfnrt'));
/** Each level takes a few bytes of memory, and a body may consist of brackets alone. */
export const DEEPEST = 10_000_000;

/** What stands where JSON should go on. */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = "JsonSyntaxError";
  /** Without the place. */
  readonly problem: string;
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(`${problem} at byte ${offset}`);
    this.problem = problem;
    this.offset = offset;
  }
}

/**
 * Steps over JSON values without making them: over bytes, in one pass, as strict as `JSON.parse`, and strict about UTF-8
 * too. The reference for what a page is: read it to know what is taken and what is refused.
 */
export class JsonScanner {
  readonly bytes: Uint8Array;
  /** The next byte. */
  at = 0;
  /** The last key, quotes included. */
  keyStart = 0;
  keyEnd = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    // A byte order mark is no JSON, but every client drops it.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** The next byte that is no white space, not consumed; 0 at the end. */
  peek(): number {
    this.at = spaceEnd(this.bytes, this.at);
    return this.bytes[this.at] ?? 0;
  }

  /** Steps into the object ahead, up to its first key; false if it is empty, and stepped over. */
  openObject(): boolean {
    return this.#open(JsonByte.CloseObject);
  }

  /** Steps over a key and its colon, up to the value. */
  key(): void {
    this.keyStart = this.at;
    this.#string();
    this.keyEnd = this.at;
    if (this.peek() !== JsonByte.Colon) this.fail("a colon");
    this.at += 1;
    this.peek();
  }

  /** Whether the last key spells `token`, quotes included, with escapes or without. */
  isKey(token: Uint8Array): boolean {
    for (let nth = 0; nth < token.length; nth++) {
      const byte = this.bytes[this.keyStart + nth];
      if (byte === JsonByte.Backslash)
        return this.parse(this.keyStart, this.keyEnd) === JSON.parse(decoder.decode(token));
      if (byte !== token[nth]) return false;
    }
    return this.keyEnd - this.keyStart === token.length;
  }

  /** Goes on behind a value, up to the next key; false if the object ends, and is stepped over. */
  nextMember(): boolean {
    return this.#goOn(JsonByte.CloseObject);
  }

  /** Steps into the array ahead, up to its first item; false if it is empty, and stepped over. */
  openArray(): boolean {
    return this.#open(JsonByte.CloseArray);
  }

  /** Goes on behind an item, up to the next; false if the array ends, and is stepped over. */
  nextItem(): boolean {
    return this.#goOn(JsonByte.CloseArray);
  }

  /** Steps over one value, whatever it is and however deep. */
  skipValue(): void {
    // What ends the objects and arrays that are open: recursion would overflow the stack.
    const open: number[] = [];
    do {
      const first = this.peek();
      if (first === JsonByte.OpenObject && this.openObject()) {
        open.push(JsonByte.CloseObject);
        this.key();
      } else if (first === JsonByte.OpenArray && this.openArray()) {
        open.push(JsonByte.CloseArray);
      } else {
        if (first !== JsonByte.OpenObject && first !== JsonByte.OpenArray) this.#scalar(first);
        while (open.length > 0 && !this.#goOn(open.at(-1) ?? 0)) open.pop();
        if (open.at(-1) === JsonByte.CloseObject) this.key();
      }
      if (open.length > DEEPEST) this.fail("fewer levels");
    } while (open.length > 0);
  }

  /** Whether a comma or the end of the array is ahead. */
  isItemEnd(): boolean {
    const byte = this.peek();
    return byte === JsonByte.Comma || byte === JsonByte.CloseArray;
  }

  /** Fails unless only white space follows. */
  end(): void {
    this.peek();
    if (this.at < this.bytes.length) this.fail("the end");
  }

  /** The value of a token or a small document that was stepped over. */
  parse(start: number, end: number): unknown {
    return JSON.parse(decoder.decode(this.bytes.subarray(start, end)));
  }

  /** @throws {JsonSyntaxError} for what stands here instead of `expected` */
  fail(expected: string): never {
    const end = this.at >= this.bytes.length ? ", but it ends" : "";
    throw new JsonSyntaxError(this.at, `Expected ${expected}${end}`);
  }

  #open(close: number): boolean {
    this.at += 1;
    if (this.peek() !== close) return true;
    this.at += 1;
    return false;
  }

  /** Steps over a comma, up to what follows, and says true; or over `close` and says false. */
  #goOn(close: number): boolean {
    const byte = this.peek();
    if (byte !== JsonByte.Comma && byte !== close) this.fail(`a comma or ${String.fromCharCode(close)}`);
    this.at += 1;
    if (byte === close) return false;
    this.peek();
    return true;
  }

  #scalar(first: number): void {
    if (first === JsonByte.Quote) this.#string();
    else if (first === JsonByte.LetterT) this.#word(TRUE);
    else if (first === JsonByte.LetterF) this.#word(FALSE);
    else if (first === JsonByte.LetterN) this.#word(NULL);
    else this.#number();
  }

  #word(word: Uint8Array): void {
    for (const letter of word) {
      if (this.bytes[this.at] !== letter) this.fail("a value");
      this.at += 1;
    }
  }

  #number(): void {
    if (this.bytes[this.at] === JsonByte.Minus) this.at += 1;
    if (this.bytes[this.at] === JsonByte.Digit0) this.at += 1;
    else this.#digits();
    if (this.bytes[this.at] === JsonByte.Dot) {
      this.at += 1;
      this.#digits();
    }
    const exponent = this.bytes[this.at];
    if (exponent !== JsonByte.LetterE && exponent !== JsonByte.UpperE) return;
    this.at += 1;
    const sign = this.bytes[this.at];
    if (sign === JsonByte.Plus || sign === JsonByte.Minus) this.at += 1;
    this.#digits();
  }

  #digits(): void {
    if (!isDigit(this.bytes[this.at])) this.fail("a value");
    while (isDigit(this.bytes[this.at])) this.at += 1;
  }

  #string(): void {
    if (this.bytes[this.at] !== JsonByte.Quote) this.fail("a string");
    this.at += 1;
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte === undefined) this.fail("the end of a string");
      if (byte < JsonByte.Space) this.fail("an escaped control character");
      if (byte === JsonByte.Backslash) this.#escape();
      else if (byte >= JsonByte.NonAscii) this.#character(byte);
      else this.at += 1;
      if (byte === JsonByte.Quote) return;
    }
  }

  #escape(): void {
    const kind = this.bytes[this.at + 1] ?? 0;
    if (ESCAPES.has(kind)) {
      this.at += 2;
      return;
    }
    const digits = this.bytes.subarray(this.at + 2, this.at + 6);
    if (kind !== JsonByte.LetterU || digits.length < 4 || !digits.every(isHexDigit)) this.fail("an escape");
    this.at += 6;
  }

  /** Steps over a character beyond ASCII, as RFC 3629 allows it: no overlong form, no surrogate, nothing above U+10FFFF. */
  #character(lead: number): void {
    const second = this.bytes[this.at + 1] ?? 0;
    let length = 0;
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    if (lead === 0xe0 && second >= 0xa0) length = 3;
    if (lead >= 0xe1 && lead <= 0xef && !(lead === 0xed && second >= 0xa0)) length = 3;
    if (lead === 0xf0 && second >= 0x90) length = 4;
    if (lead >= 0xf1 && lead <= 0xf3) length = 4;
    if (lead === 0xf4 && second < 0x90) length = 4;
    for (let nth = 1; nth < length; nth++) {
      const byte = this.bytes[this.at + nth] ?? 0;
      if (byte < 0x80 || byte > 0xbf) length = 0;
    }
    if (length === 0) throw new JsonSyntaxError(this.at, "UTF-8 is broken");
    this.at += length;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= JsonByte.Digit0 && byte <= JsonByte.Digit9;
}

function isHexDigit(byte: number): boolean {
  return isDigit(byte) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}
