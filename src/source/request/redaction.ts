import { type TracedText, traced, undoEscapes } from "./undo-escapes.ts";

// The longest part of a secret that an error may show is one character shorter.
const RUN = 8;
// A server that escapes what it escaped five times over hides a secret better than we find it.
const DEEPEST = 5;
// Less of a secret's base64 than this is found in any text.
const SHORTEST_BASE64 = 4;
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/u;
const PUNCTUATION = /[^\p{L}\p{N}\p{M}\p{Cs}]/u;

/** Text less what one way of looking at it ignores, and the parts of secrets as they look that way, by their length. */
interface View {
  readonly ignored: RegExp;
  readonly parts: Map<number, Set<string>>;
}

/**
 * Takes secrets out of text, however they are spelled: in another case, over several lines, escaped for a URL, for HTML or for
 * JSON (also more than once), in base64 or base64url, whole or cut.
 */
export class Redaction {
  readonly #known = new Set<string>();
  readonly #exact: View = { ignored: INVISIBLE, parts: new Map() };
  // Base64 and base64url differ in punctuation only, and so do lines that are quoted, joined or continued.
  readonly #letters: View = { ignored: PUNCTUATION, parts: new Map() };

  /** From now on every run of 8 characters of `secret` is taken out; a shorter secret as a whole. */
  addSecret(secret: string): void {
    if (this.#known.has(secret)) return;
    this.#known.add(secret);
    this.#addRuns(secret, 1);
    const once = base64Forms(secret);
    for (const base64 of [...once, ...once.flatMap(base64Forms)]) this.#addRuns(base64, SHORTEST_BASE64);
  }

  /** From now on `name` is taken out as a whole; its parts may be ordinary words. */
  addName(name: string): void {
    for (const level of levelsOf(name)) {
      const { text } = seen(level, this.#exact);
      addParts(this.#exact, text, text.length);
    }
  }

  /** `text` with `***` for every part that must not be shown. */
  readonly redact = (text: string): string => {
    const levels = [...levelsOf(text)];
    const views = [this.#exact, this.#letters].filter(({ parts }) => parts.size > 0);
    return masked(
      text,
      views.flatMap((view) => levels.flatMap((level) => found(seen(level, view), view))),
    );
  };

  #addRuns(spelling: string, shortest: number): void {
    for (const level of levelsOf(spelling)) {
      const { text } = seen(level, this.#exact);
      if (text.length >= shortest) addParts(this.#exact, text, Math.min(RUN, text.length));
      addParts(this.#letters, seen(level, this.#letters).text, RUN);
    }
  }
}

/** Adds every run of `length` characters. */
function addParts({ parts }: View, text: string, length: number): void {
  if (length === 0) return;
  const runs = parts.get(length) ?? new Set();
  for (let at = 0; at + length <= text.length; at++) runs.add(text.slice(at, at + length));
  if (runs.size > 0) parts.set(length, runs);
}

/** The text as it is, and with one layer of escapes after the other undone. */
function* levelsOf(text: string): Generator<TracedText> {
  let level: TracedText | undefined = traced(text);
  for (let depth = 0; level !== undefined && depth <= DEEPEST; depth++) {
    yield level;
    level = undoEscapes(level);
  }
}

function seen({ text, begins, ends }: TracedText, { ignored }: View): TracedText {
  const kept: number[] = [];
  for (let at = 0; at < text.length; at++) if (!ignored.test(text.charAt(at))) kept.push(at);
  return {
    text: kept.map((at) => lowerCase(text.charAt(at))).join(""),
    begins: kept.map((at) => begins[at] ?? 0),
    ends: kept.map((at) => ends[at] ?? 0),
  };
}

/** Never two units for one. */
function lowerCase(unit: string): string {
  const lower = unit.toLowerCase();
  return lower.length === 1 ? lower : unit;
}

function found({ text, begins, ends }: TracedText, { parts }: View): readonly (readonly [number, number])[] {
  const places: [number, number][] = [];
  for (const [length, runs] of parts) {
    for (let at = 0; at + length <= text.length; at++) {
      if (runs.has(text.slice(at, at + length))) places.push([begins[at] ?? 0, ends[at + length - 1] ?? 0]);
    }
  }
  return places;
}

function masked(text: string, marks: readonly (readonly [number, number])[]): string {
  const merged: [number, number][] = [];
  for (const [begin, end] of [...marks].sort(([one], [other]) => one - other)) {
    const last = merged.at(-1);
    if (last && begin <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([begin, end]);
  }
  let at = 0;
  const shown = merged.map(([begin, end]) => {
    const before = text.slice(at, begin);
    at = end;
    return `${before}***`;
  });
  return shown.join("") + text.slice(at);
}

/** What `text` becomes in base64 behind any number of other bytes, less the digits that depend on its neighbours. */
function base64Forms(text: string): readonly string[] {
  const bytes = new TextEncoder().encode(text);
  return [0, 1, 2].map((before) => {
    const shifted = new Uint8Array(before + bytes.length);
    shifted.set(bytes, before);
    const digits = btoa(String.fromCharCode(...shifted));
    return digits.slice(Math.ceil((before * 8) / 6), Math.floor((shifted.length * 8) / 6));
  });
}
