import { PageSlices, SLICES_PER_PROFILE } from "../page-slices.ts";
import { isKey } from "./is-key.ts";
import { JsonByte } from "./json-byte.ts";
import { JsonScanner } from "./json-scanner.ts";
import { PropertiesSlices } from "./properties-slices.ts";

/** A page of the Engage API: what it says of itself, parsed, and its profiles, not parsed. */
export interface ScannedPage {
  /** The members beside `results` that this package reads, as sent. */
  readonly head: Readonly<Record<string, unknown>>;
  /** Undefined where there is no list `results`. */
  readonly profiles: PageSlices | undefined;
}

const HEAD = new Set(["status", "total", "page_size", "session_id", "error", "message"]);
const DISTINCT_ID = new TextEncoder().encode('"$distinct_id"');
const PROPERTIES = new TextEncoder().encode('"$properties"');
// Page sizes to 40,000 are reported to work; millions of empty profiles would take gigabytes.
const MOST_PROFILES = 1_000_000;

/**
 * Finds the profiles in the body of a page, in one pass and without parsing them.
 *
 * @throws {JsonSyntaxError} where the body is no JSON in UTF-8
 * @throws {TypeError} where the body, a profile or its `$properties` is no object
 */
export function scanPage(bytes: Uint8Array): ScannedPage {
  const scanner = new JsonScanner(bytes);
  const head: Record<string, unknown> = {};
  let profiles: PageSlices | undefined;
  const isObject = scanner.peek() === JsonByte.OpenObject;
  if (isObject) {
    for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
      scanner.key();
      const key = scanner.parse(scanner.keyStart, scanner.keyEnd) as string;
      if (key === "results" && bytes[scanner.at] === JsonByte.OpenArray) {
        profiles = scanProfiles(scanner);
        continue;
      }
      const start = scanner.at;
      scanner.skipValue();
      if (key === "results") profiles = undefined;
      if (HEAD.has(key)) head[key] = scanner.parse(start, scanner.at);
    }
  } else scanner.skipValue();
  scanner.end();
  if (!isObject) throw new TypeError("Expected an object");
  return { head, profiles };
}

function scanProfiles(scanner: JsonScanner): PageSlices {
  const { bytes } = scanner;
  const offsets: number[] = [];
  const rewritten = new Map<number, Uint8Array>();
  const properties = new PropertiesSlices(scanner);
  let idStart = 0;
  let idEnd = 0;

  function readMember(): void {
    scanner.key();
    const { keyStart, keyEnd } = scanner;
    const start = scanner.at;
    const first = bytes[start] ?? 0;
    if (isKey(PROPERTIES, bytes, keyStart, keyEnd)) {
      if (first === JsonByte.OpenObject) {
        properties.read();
        return;
      }
      if (first !== JsonByte.LetterN) throw new TypeError(`Expected $properties to be an object at byte ${start}`);
      properties.clear();
    }
    scanner.skipValue();
    if (!isKey(DISTINCT_ID, bytes, keyStart, keyEnd)) return;
    const isNumber = first === JsonByte.Minus || (first >= JsonByte.Digit0 && first <= JsonByte.Digit9);
    const isFilledText = first === JsonByte.Quote && scanner.at - start > 2;
    idStart = isNumber || isFilledText ? start : 0;
    idEnd = isNumber || isFilledText ? scanner.at : 0;
  }

  for (let item = scanner.openArray(); item; item = scanner.nextItem()) {
    if (offsets.length === MOST_PROFILES * SLICES_PER_PROFILE) {
      throw new TypeError(`Expected at most ${MOST_PROFILES} profiles in one page`);
    }
    const start = scanner.at;
    const lineBreaks = scanner.lineBreaks;
    if (bytes[start] !== JsonByte.OpenObject)
      throw new TypeError(`Expected a profile to be an object at byte ${start}`);
    idStart = 0;
    idEnd = 0;
    properties.clear();
    for (let member = scanner.openObject(); member; member = scanner.nextMember()) readMember();
    const { cuts } = properties;
    if (cuts.length > 2 || (scanner.lineBreaks > lineBreaks && properties.end > 0)) {
      rewritten.set(offsets.length / SLICES_PER_PROFILE, properties.rewritten());
    }
    offsets.push(start, scanner.at, idStart, idEnd);
    offsets.push(
      properties.start,
      properties.end,
      properties.seenStart,
      properties.seenEnd,
      cuts[0] ?? 0,
      cuts[1] ?? 0,
    );
  }
  return new PageSlices(bytes, offsets, rewritten);
}
