import { JsonSyntaxError } from "./json-syntax-error.ts";
import { StringScanner } from "./string-scanner.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const MINUS = 0x2d;
const PLUS = 0x2b;
const DOT = 0x2e;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const SPACE = 0x20;
const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

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
  /** Whether that holds a backslash. */
  keyEscaped = false;
  /** Line breaks met between tokens so far. */
  lineBreaks = 0;
  readonly #strings: StringScanner;
  /** Containers that {@link skipValue} is inside of. */
  #open = new Uint8Array(64);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#strings = new StringScanner(bytes);
    // A byte order mark is no JSON, but every client drops it.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** The next byte that is no white space, not consumed; 0 at the end. */
  peek(): number {
    const byte = this.bytes[this.at] ?? 0;
    return byte > SPACE ? byte : this.#skipSpace();
  }

  /** Steps into an object, up to its first key; false where it is empty, and stepped over. */
  openObject(): boolean {
    return this.#openContainer(OPEN_OBJECT, CLOSE_OBJECT, "an object");
  }

  /** Steps over a key and its colon, up to the value. */
  key(): void {
    this.keyStart = this.at;
    this.#skipString();
    this.keyEnd = this.at;
    this.keyEscaped = this.#strings.escaped;
    this.#expect(COLON, "a colon");
    this.peek();
  }

  /** Goes on behind a value, up to the next key; false where the object ends, and is stepped over. */
  nextMember(): boolean {
    return this.#anotherOr(CLOSE_OBJECT);
  }

  /** Steps into an array, up to its first item; false where it is empty, and stepped over. */
  openArray(): boolean {
    return this.#openContainer(OPEN_ARRAY, CLOSE_ARRAY, "an array");
  }

  /** Goes on behind an item, up to the next; false where the array ends, and is stepped over. */
  nextItem(): boolean {
    return this.#anotherOr(CLOSE_ARRAY);
  }

  /** Steps over one value, whatever it is and however deep. */
  skipValue(): void {
    const byte = this.peek();
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#skipContainer();
    else this.#skipScalar(byte);
  }

  /** Fails unless only white space follows. */
  end(): void {
    this.peek();
    if (this.at < this.bytes.length) this.#fail("the end");
  }

  /** The value of a token or a small document that was stepped over. */
  parse(start: number, end: number): unknown {
    return JSON.parse(decoder.decode(this.bytes.subarray(start, end)));
  }

  #skipSpace(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = bytes[at] ?? 0;
    while (byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      if (byte < SPACE && byte !== TAB) this.lineBreaks += 1;
      byte = bytes[++at] ?? 0;
    }
    this.at = at;
    return byte;
  }

  #openContainer(open: number, close: number, what: string): boolean {
    this.#expect(open, what);
    if (this.peek() !== close) return true;
    this.at += 1;
    return false;
  }

  #skipContainer(): void {
    let depth = 0;
    for (;;) {
      const byte = this.peek();
      if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        const close = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
        this.at += 1;
        if (this.peek() !== close) {
          depth = this.#push(depth, close);
          if (close === CLOSE_OBJECT) this.#skipKey();
          continue;
        }
        this.at += 1;
      } else this.#skipScalar(byte);

      while (depth > 0 && !this.#anotherOr(this.#open[depth - 1] ?? 0)) depth -= 1;
      if (depth === 0) return;
      if (this.#open[depth - 1] === CLOSE_OBJECT) this.#skipKey();
    }
  }

  #skipScalar(first: number): void {
    if (first === QUOTE) this.#skipString();
    else if (first === 0x74) this.#skipLiteral(TRUE);
    else if (first === 0x66) this.#skipLiteral(FALSE);
    else if (first === 0x6e) this.#skipLiteral(NULL);
    else this.#skipNumber();
  }

  #skipKey(): void {
    this.#skipString();
    this.#expect(COLON, "a colon");
  }

  #skipString(): void {
    if (this.bytes[this.at] !== QUOTE) this.#fail("a string");
    this.at = this.#strings.endOf(this.at);
  }

  /** Steps over a comma, up to what follows, and says true; or over `close` and says false. */
  #anotherOr(close: number): boolean {
    const byte = this.peek();
    if (byte !== COMMA && byte !== close) this.#failSeparator(close);
    this.at += 1;
    if (byte !== COMMA) return false;
    this.peek();
    return true;
  }

  #push(depth: number, close: number): number {
    if (depth === this.#open.length) {
      const wider = new Uint8Array(depth * 2);
      wider.set(this.#open);
      this.#open = wider;
    }
    this.#open[depth] = close;
    return depth + 1;
  }

  #skipLiteral(word: Uint8Array): void {
    const { bytes, at } = this;
    for (let nth = 1; nth < word.length; nth++) if (bytes[at + nth] !== word[nth]) this.#fail("a value", at + nth);
    this.at = at + word.length;
  }

  #skipNumber(): void {
    const { bytes } = this;
    let at = this.at;
    if (bytes[at] === MINUS) at += 1;
    at = bytes[at] === DIGIT_0 ? at + 1 : this.#digitsEnd(at);
    if (bytes[at] === DOT) at = this.#digitsEnd(at + 1);
    const exponent = bytes[at];
    if (exponent === 0x65 || exponent === 0x45) {
      const sign = bytes[at + 1];
      at = this.#digitsEnd(sign === PLUS || sign === MINUS ? at + 2 : at + 1);
    }
    this.at = at;
  }

  #digitsEnd(start: number): number {
    const { bytes } = this;
    let at = start;
    for (let byte = bytes[at] ?? 0; byte >= DIGIT_0 && byte <= DIGIT_9; byte = bytes[at] ?? 0) at += 1;
    if (at === start) this.#fail("a value", at);
    return at;
  }

  #expect(byte: number, what: string): void {
    if (this.peek() !== byte) this.#fail(what);
    this.at += 1;
  }

  #failSeparator(close: number): never {
    this.#fail(`a comma or ${String.fromCharCode(close)}`);
  }

  #fail(expected: string, at = this.at): never {
    const end = at >= this.bytes.length ? ", but it ends" : "";
    throw new JsonSyntaxError(at, `Expected ${expected}${end}`);
  }
}
