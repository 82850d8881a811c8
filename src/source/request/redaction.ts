import { type TracedText, traced, undoEscapes } from "./undo-escapes.ts";

// The longest part of a secret that an error may show is one character shorter.
const RUN = 8;
// A server that escapes what it escaped five times over hides a secret better than we find it.
const DEEPEST = 5;
// Less of a secret's base64 than this is found in any text.
const SHORTEST_BASE64 = 4;
const INVISIBLE = /[\s\p{Cc}\p{Cf}]/u;
const PUNCTUATION = /[^\p{L}\p{N}\p{M}\p{Cs}]/u;

/** Where a part begins and ends in the original text. */
type Place = readonly [number, number];

/** Text less what one way of looking at it ignores, and the secrets and names as they look that way. */
interface View {
  readonly ignored: RegExp;
  /** Found by each of their runs. */
  readonly secrets: Set<string>;
  /** Found as a whole: names, and secrets that are no longer than a run. */
  readonly wholes: Set<string>;
}

/**
 * Takes secrets out of text, however they are spelled: in another case, over several lines, escaped for a URL, for HTML or for
 * JSON (also more than once), in base64 or base64url, whole or cut.
 */
export class Redaction {
  readonly #known = new Set<string>();
  readonly #exact: View = { ignored: INVISIBLE, secrets: new Set(), wholes: new Set() };
  // Base64 and base64url differ in punctuation only, and so do lines that are quoted, joined or continued.
  readonly #letters: View = { ignored: PUNCTUATION, secrets: new Set(), wholes: new Set() };

  /** From now on every run of 8 characters of `secret` is taken out; a shorter secret as a whole. */
  addSecret(secret: string): void {
    if (this.#known.has(secret)) return;
    this.#known.add(secret);
    this.#addSpelling(secret, 1);
    for (const base64 of base64Forms(secret)) this.#addSpelling(base64, SHORTEST_BASE64);
  }

  /**
   * From now on `name` is taken out as a whole; its parts may be ordinary words. So may one that is shorter than a run: without
   * a `u`, an error names no host, and nobody is let in by a name alone.
   */
  addName(name: string): void {
    if (name.length < RUN) return;
    for (const level of levelsOf(name)) {
      const { text } = seen(level, this.#exact);
      if (text !== "") this.#exact.wholes.add(text);
    }
  }

  /** `text` with `***` for every part that must not be shown. */
  readonly redact = (text: string): string => {
    const levels = [...levelsOf(text)];
    const views = [this.#exact, this.#letters].filter(({ secrets, wholes }) => secrets.size + wholes.size > 0);
    return masked(
      text,
      views.flatMap((view) => levels.flatMap((level) => found(seen(level, view), view))),
    );
  };

  #addSpelling(spelling: string, shortest: number): void {
    for (const level of levelsOf(spelling)) {
      const { text } = seen(level, this.#exact);
      if (text.length > RUN) this.#exact.secrets.add(text);
      else if (text.length >= shortest) this.#exact.wholes.add(text);
      const letters = seen(level, this.#letters).text;
      if (letters.length >= RUN) this.#letters.secrets.add(letters);
    }
  }
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

function found(look: TracedText, { secrets, wholes }: View): readonly Place[] {
  const { text } = look;
  const places: Place[] = [];
  for (const whole of wholes) {
    for (let at = text.indexOf(whole); at >= 0; at = text.indexOf(whole, at + 1)) {
      places.push(placeOf(look, at, whole.length));
    }
  }
  // The text is indexed, not the secrets: a function may give a long token for each request.
  const runs = new Map<string, Place[]>();
  for (let at = 0; secrets.size > 0 && at + RUN <= text.length; at++) {
    const run = text.slice(at, at + RUN);
    const same = runs.get(run);
    if (same) same.push(placeOf(look, at, RUN));
    else runs.set(run, [placeOf(look, at, RUN)]);
  }
  for (const secret of secrets) {
    for (let at = 0; at + RUN <= secret.length; at++) {
      const run = secret.slice(at, at + RUN);
      for (const place of runs.get(run) ?? []) places.push(place);
      runs.delete(run);
    }
  }
  return places;
}

function placeOf({ begins, ends }: TracedText, from: number, length: number): Place {
  return [begins[from] ?? 0, ends[from + length - 1] ?? 0];
}

function masked(text: string, places: readonly Place[]): string {
  const merged: [number, number][] = [];
  for (const [begin, end] of [...places].sort(([one], [other]) => one - other)) {
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
