import { isSpace, JsonByte, spaceEnd } from "../../page/json-byte.ts";
import { DEEPEST } from "../../page/json-scanner.ts";

/** What can be told of a profile that is not valid. */
export interface LooseProfile {
  /** Where its last byte lies that is no white space, plus one: a comma or the end of the list follows. */
  readonly end: number;
  readonly distinctId: string | undefined;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Finds the end of a profile that is not valid by its quotes and brackets alone, whatever stands between them, and its
 * `$distinct_id` if that is. Undefined if the profile does not end within its list: then the page cannot be split.
 */
export function looseProfile(bytes: Uint8Array, start: number): LooseProfile | undefined {
  const brackets = new OpenBrackets();
  let end = start;
  let distinctId: string | undefined;
  for (let at = start; at < bytes.length && brackets.depth <= DEEPEST; ) {
    const byte = bytes[at] ?? 0;
    if (brackets.depth === 0 && (byte === JsonByte.Comma || byte === JsonByte.CloseArray)) {
      return end > start ? { end, distinctId } : undefined;
    }
    if (brackets.depth === 0 && byte === JsonByte.CloseObject) return undefined;
    let next = at + 1;
    if (byte === JsonByte.Backslash) next += 1;
    if (byte === JsonByte.Quote) {
      next = looseStringEnd(bytes, at);
      const isKey = brackets.isObjectAlone && valueAt(bytes, at, next) === "$distinct_id";
      if (isKey) distinctId = idBehind(bytes, next) ?? distinctId;
    }
    brackets.pass(byte);
    if (!isSpace(byte)) end = next;
    at = next;
  }
  return undefined;
}

/** The objects and arrays that are open. */
class OpenBrackets {
  /** What ends each of them, outermost first. */
  readonly #closes: number[] = [];
  #objects = 0;

  get depth(): number {
    return this.#closes.length;
  }

  /** Whether one object is open and nothing else. */
  get isObjectAlone(): boolean {
    return this.depth === 1 && this.#objects === 1;
  }

  /** Counts a bracket; does nothing for other bytes. */
  pass(byte: number): void {
    if (byte === JsonByte.OpenObject) this.#open(JsonByte.CloseObject);
    else if (byte === JsonByte.OpenArray) this.#open(JsonByte.CloseArray);
    // One that ends an outer one ends all within it; one that ends nothing is a part of the damage.
    else if (byte === JsonByte.CloseObject && this.#objects > 0) this.#close(byte);
    else if (byte === JsonByte.CloseArray && this.depth > this.#objects) this.#close(byte);
  }

  #open(close: number): void {
    this.#closes.push(close);
    if (close === JsonByte.CloseObject) this.#objects += 1;
  }

  #close(byte: number): void {
    for (let close = this.#closes.pop(); close !== undefined; close = this.#closes.pop()) {
      if (close === JsonByte.CloseObject) this.#objects -= 1;
      if (close === byte) return;
    }
  }
}

/** Behind the next quote that no backslash stands before, or at the end of the bytes. */
function looseStringEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    if (bytes[at] === JsonByte.Backslash) at += 1;
    else if (bytes[at] === JsonByte.Quote) return at + 1;
  }
  return bytes.length;
}

/** The text or the digits behind the colon that follows a key. */
function idBehind(bytes: Uint8Array, keyEnd: number): string | undefined {
  const colon = spaceEnd(bytes, keyEnd);
  if (bytes[colon] !== JsonByte.Colon) return undefined;
  const start = spaceEnd(bytes, colon + 1);
  let end = start;
  if (bytes[start] === JsonByte.Quote) end = looseStringEnd(bytes, start);
  else {
    while (!isSpace(bytes[end]) && !DELIMITERS.has(bytes[end])) end += 1;
    if (bytes[end] === JsonByte.Quote) return undefined;
  }
  const id = valueAt(bytes, start, end);
  if (typeof id === "number") return decoder.decode(bytes.subarray(start, end));
  return typeof id === "string" && id !== "" ? id : undefined;
}

// A quote ends no number, but whoever looks beyond it for each of many keys takes the square of the time.
const DELIMITERS = new Set<number | undefined>([JsonByte.Quote, JsonByte.Comma, JsonByte.CloseObject, undefined]);

/** The value of a token, or undefined if it is not JSON in UTF-8. */
function valueAt(bytes: Uint8Array, start: number, end: number): unknown {
  try {
    return JSON.parse(decoder.decode(bytes.subarray(start, end)));
  } catch {
    return undefined;
  }
}
