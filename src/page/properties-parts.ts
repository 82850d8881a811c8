import { JsonByte } from "./json-byte.ts";
import type { JsonScanner } from "./json-scanner.ts";
import { memberCut, NOWHERE, type Slice } from "./member-cut.ts";

/** Where the parts of one profile's `$properties` lie. */
export interface PropertiesParts {
  readonly whole: Slice;
  /** The text token of the last `$last_seen` that is text. */
  readonly lastSeen: Slice;
  /** What to leave out: each a `$last_seen` that is text, with one comma. */
  readonly cuts: readonly Slice[];
  /** What is left, if it does not stand in the page as it is wanted: with a single cut, and without line breaks. */
  readonly rewritten: Uint8Array | undefined;
  /** Why they are JSON, but not valid properties. */
  readonly flaw: string | undefined;
}

export const NO_PROPERTIES: PropertiesParts = {
  whole: NOWHERE,
  lastSeen: NOWHERE,
  cuts: [],
  rewritten: undefined,
  flaw: undefined,
};

const LAST_SEEN = new TextEncoder().encode('"$last_seen"');

/**
 * Steps over the `$properties` ahead, and finds their parts.
 *
 * @throws {JsonSyntaxError} if they are not JSON in UTF-8
 */
export function propertiesParts(scanner: JsonScanner): PropertiesParts {
  const { bytes, at: start } = scanner;
  if (bytes[start] !== JsonByte.OpenObject) {
    scanner.skipValue();
    if (bytes[start] === JsonByte.LetterN) return NO_PROPERTIES;
    return { ...NO_PROPERTIES, flaw: "its $properties is neither an object nor null" };
  }
  let lastSeen = NOWHERE;
  const cuts: Slice[] = [];
  for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
    scanner.key();
    const { keyStart, at: valueStart } = scanner;
    const isLastSeenText = bytes[valueStart] === JsonByte.Quote && scanner.isKey(LAST_SEEN);
    scanner.skipValue();
    if (!isLastSeenText) continue;
    lastSeen = [valueStart, scanner.at];
    cuts.push(memberCut(bytes, keyStart, scanner.at, cuts.at(-1)));
  }
  const whole: Slice = [start, scanner.at];
  const sent = bytes.subarray(...whole);
  const hasLineBreaks = sent.includes(JsonByte.LineFeed) || sent.includes(JsonByte.CarriageReturn);
  const rewritten = cuts.length > 1 || hasLineBreaks ? rewrite(bytes, whole, cuts) : undefined;
  return { whole, lastSeen, cuts, rewritten, flaw: undefined };
}

/** The properties without the cuts and without line breaks, which in valid JSON stand between tokens only. */
function rewrite(bytes: Uint8Array, [start, end]: Slice, cuts: readonly Slice[]): Uint8Array {
  const kept = new Uint8Array(end - start);
  let length = 0;
  let from = start;
  for (const [cutStart, cutEnd] of [...cuts, [end, end] as const]) {
    for (const byte of bytes.subarray(from, cutStart)) {
      if (byte !== JsonByte.LineFeed && byte !== JsonByte.CarriageReturn) kept[length++] = byte;
    }
    from = cutEnd;
  }
  return kept.slice(0, length);
}
