const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const MINUS = 0x2d;
const DOT = 0x2e;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Bytes after a backslash that stand for themselves or a control character: `" \ / b f n r t`. */
const ESCAPES = new Set([0x22, 0x5c, 0x2f, 0x62, 0x66, 0x6e, 0x72, 0x74]);
const LITERALS = new Map([
  [0x74, new TextEncoder().encode("true")],
  [0x66, new TextEncoder().encode("false")],
  [0x6e, new TextEncoder().encode("null")],
]);

// A string may begin with U+FEFF, which a decoder drops unless told otherwise.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What stands where JSON should go on. */
export class JsonSyntaxError extends SyntaxError {
  override readonly name = "JsonSyntaxError";
  readonly offset: number;

  constructor(offset: number, problem: string) {
    super(`${problem} at byte ${offset}`);
    this.offset = offset;
  }
}

/**
 * Steps over JSON values without making them: over bytes, in one pass, without recursion, as strict as `JSON.parse`, and
 * strict about UTF-8 too.
 */
export class JsonScanner {
  readonly bytes: Uint8Array;
  /** The next byte. */
  at = 0;
  /** Whether the last string held a backslash. */
  escaped = false;
  /** Line breaks met between tokens so far. */
  lineBreaks = 0;
  /** Containers that {@link skipValue} is inside of. */
  #open = new Uint8Array(64);

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    // A byte order mark is no JSON, but every client drops it.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.at = 3;
  }

  /** The next byte that is no white space, not consumed; 0 at the end. */
  peek(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = bytes[at] ?? 0;
    while (byte === 0x20 || byte === 0x09 || byte === LINE_FEED || byte === CARRIAGE_RETURN) {
      if (byte !== 0x20 && byte !== 0x09) this.lineBreaks += 1;
      byte = bytes[++at] ?? 0;
    }
    this.at = at;
    return byte;
  }

  /** Steps over an object and calls `onMember` at each value, which must step over it. `keyStart` is the key's first quote. */
  object(onMember: (keyStart: number, keyEnd: number, keyEscaped: boolean) => void): void {
    this.#expect(OPEN_OBJECT, "an object");
    if (this.peek() === CLOSE_OBJECT) {
      this.at += 1;
      return;
    }
    do {
      this.peek();
      const keyStart = this.at;
      this.skipString();
      const keyEnd = this.at;
      const keyEscaped = this.escaped;
      this.#expect(COLON, "a colon");
      this.peek();
      onMember(keyStart, keyEnd, keyEscaped);
    } while (this.#anotherOr(CLOSE_OBJECT));
  }

  /** Steps over an array and calls `onItem` at each item, which must step over it. */
  array(onItem: () => void): void {
    this.#expect(OPEN_ARRAY, "an array");
    if (this.peek() === CLOSE_ARRAY) {
      this.at += 1;
      return;
    }
    do {
      this.peek();
      onItem();
    } while (this.#anotherOr(CLOSE_ARRAY));
  }

  /** Steps over one value, whatever it is and however deep. */
  skipValue(): void {
    let depth = 0;
    for (;;) {
      const byte = this.peek();
      if (byte === QUOTE) this.skipString();
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        this.at += 1;
        const close = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
        if (this.peek() === close) this.at += 1;
        else {
          depth = this.#push(depth, close);
          if (close === CLOSE_OBJECT) this.#skipKey();
          continue;
        }
      } else if (LITERALS.has(byte)) this.#skipLiteral(byte);
      else this.#skipNumber();

      for (;;) {
        if (depth === 0) return;
        const close = this.#open[depth - 1] ?? 0;
        if (this.#anotherOr(close)) {
          if (close === CLOSE_OBJECT) this.#skipKey();
          break;
        }
        depth -= 1;
      }
    }
  }

  /** Steps over a string, quotes included. */
  skipString(): void {
    const { bytes } = this;
    if (bytes[this.at] !== QUOTE) this.#fail("a string");
    this.escaped = false;
    let at = this.at + 1;
    for (;;) {
      const byte = bytes[at] ?? 0;
      if (byte === QUOTE) break;
      if (byte < 0x80 && byte >= 0x20 && byte !== BACKSLASH) at += 1;
      else if (byte >= 0x80) at += this.#utf8Length(at, byte);
      else if (byte === BACKSLASH) {
        this.escaped = true;
        at += this.#escapeLength(at);
      } else {
        this.at = at;
        this.#fail(at < bytes.length ? "an escaped control character" : "the end of a string");
      }
    }
    this.at = at + 1;
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

  #skipKey(): void {
    this.peek();
    this.skipString();
    this.#expect(COLON, "a colon");
  }

  /** Steps over a comma and says true, or over `close` and says false. */
  #anotherOr(close: number): boolean {
    const byte = this.peek();
    if (byte !== COMMA && byte !== close) this.#fail(`a comma or ${String.fromCharCode(close)}`);
    this.at += 1;
    return byte === COMMA;
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

  #skipLiteral(first: number): void {
    for (const byte of LITERALS.get(first) ?? []) {
      if (this.bytes[this.at] !== byte) this.#fail("a value");
      this.at += 1;
    }
  }

  #skipNumber(): void {
    const { bytes } = this;
    if (bytes[this.at] === MINUS) this.at += 1;
    if (bytes[this.at] === 0x30) this.at += 1;
    else this.#skipDigits();
    if (bytes[this.at] === DOT) {
      this.at += 1;
      this.#skipDigits();
    }
    const exponent = bytes[this.at];
    if (exponent === 0x65 || exponent === 0x45) {
      this.at += 1;
      const sign = bytes[this.at];
      if (sign === 0x2b || sign === MINUS) this.at += 1;
      this.#skipDigits();
    }
  }

  #skipDigits(): void {
    const { bytes } = this;
    let at = this.at;
    for (let byte = bytes[at] ?? 0; byte >= 0x30 && byte <= 0x39; byte = bytes[at] ?? 0) at += 1;
    if (at === this.at) this.#fail("a value");
    this.at = at;
  }

  #escapeLength(at: number): number {
    const kind = this.bytes[at + 1] ?? 0;
    if (ESCAPES.has(kind)) return 2;
    this.at = at;
    if (kind !== 0x75) this.#fail("an escape");
    for (let digit = at + 2; digit < at + 6; digit++) if (!isHexDigit(this.bytes[digit] ?? 0)) this.#fail("an escape");
    return 6;
  }

  /** The length of a sequence as RFC 3629 allows it: no overlong form, no surrogate, nothing beyond U+10FFFF. */
  #utf8Length(at: number, lead: number): number {
    const { bytes } = this;
    const second = bytes[at + 1] ?? 0;
    let length = 0;
    if (lead >= 0xc2 && lead <= 0xdf) length = 2;
    else if (lead >= 0xe0 && lead <= 0xef) {
      if (lead === 0xe0 ? second >= 0xa0 : lead !== 0xed || second < 0xa0) length = 3;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
      if (lead === 0xf0 ? second >= 0x90 : lead !== 0xf4 || second < 0x90) length = 4;
    }
    for (let next = at + 1; next < at + length; next++) if (((bytes[next] ?? 0) & 0xc0) !== 0x80) length = 0;
    if (length === 0) throw new JsonSyntaxError(at, "UTF-8 is broken");
    return length;
  }

  #expect(byte: number, what: string): void {
    if (this.peek() !== byte) this.#fail(what);
    this.at += 1;
  }

  #fail(expected: string): never {
    const end = this.at >= this.bytes.length ? ", but it ends" : "";
    throw new JsonSyntaxError(this.at, `Expected ${expected}${end}`);
  }
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x46) || (byte >= 0x61 && byte <= 0x66);
}
