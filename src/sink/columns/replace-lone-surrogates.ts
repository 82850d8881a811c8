export interface Replaced {
  readonly text: string;
  /** How many were replaced. */
  readonly count: number;
}

const SURROGATE = /\p{Surrogate}/gu;
const BACKSLASH = 0x5c;
const LETTER_U = 0x75;
const DIGIT_9 = 0x39;
const REPLACEMENT = new TextEncoder().encode("\\ufffd");
/** The length of `\ud83d`. */
const UNIT_LENGTH = REPLACEMENT.length;

/**
 * Replaces escapes of lone surrogates in JSON, in place: a single one makes DuckDB's `->>` fail for the whole table.
 *
 * @param json valid, in UTF-8
 * @returns how many were replaced
 */
export function replaceLoneSurrogates(json: Uint8Array): number {
  let count = 0;
  let at = json.indexOf(BACKSLASH);
  while (at !== -1) {
    const unit = escapedUnit(json, at);
    // Every escape is passed whole, so that the second backslash of `\\` begins none.
    let length = unit === undefined ? 2 : UNIT_LENGTH;
    if (isHigh(unit) && isLow(escapedUnit(json, at + UNIT_LENGTH))) length = 2 * UNIT_LENGTH;
    else if (isHigh(unit) || isLow(unit)) {
      json.set(REPLACEMENT, at);
      count += 1;
    }
    at = json.indexOf(BACKSLASH, at + length);
  }
  return count;
}

/**
 * The same for an id, which is no JSON: a lone surrogate has no UTF-8. Its code follows the replacement, so that ids which
 * differ stay different.
 */
export function wellFormedId(id: string): Replaced {
  let count = 0;
  const text = id.replace(SURROGATE, (unit) => {
    count += 1;
    return `\ufffd${unit.charCodeAt(0).toString(16)}`;
  });
  return { text, count };
}

/** The code unit that the escape at `at` stands for, or undefined if there is none of the form `\u0000`. */
function escapedUnit(json: Uint8Array, at: number): number | undefined {
  if (json[at] !== BACKSLASH || json[at + 1] !== LETTER_U) return undefined;
  let unit = 0;
  for (let digit = at + 2; digit < at + UNIT_LENGTH; digit++) {
    const byte = json[digit] ?? 0;
    unit = unit * 16 + (byte & 0x0f) + (byte > DIGIT_9 ? 9 : 0);
  }
  return unit;
}

function isHigh(unit: number | undefined): boolean {
  return unit !== undefined && unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number | undefined): boolean {
  return unit !== undefined && unit >= 0xdc00 && unit <= 0xdfff;
}
