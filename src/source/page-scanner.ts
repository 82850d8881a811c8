import { PageSlices, SLICES, SLICES_PER_PROFILE } from "../page-slices.ts";
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
const LAST_SEEN = new TextEncoder().encode('"$last_seen"');
const PROPERTIES = new TextEncoder().encode('"$properties"');
// What the API sends in a page unless it is asked for another size.
const TYPICAL_PROFILES = 1_000;
// Page sizes to 40,000 are reported to work; millions of empty profiles would take gigabytes.
const MOST_PROFILES = 1_000_000;

/**
 * Finds the profiles in the body of a page, in one pass and without parsing them.
 *
 * @throws {JsonSyntaxError} where the body is no JSON in UTF-8
 * @throws {TypeError} where the body, a profile or its `$properties` is no object
 */
export function scanPage(bytes: Uint8Array): ScannedPage {
  const scanner = new JsonScanner(bytes, LAST_SEEN);
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
  let offsets = new Uint32Array(TYPICAL_PROFILES * SLICES_PER_PROFILE);
  let length = 0;
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

  function note(part: number, begin: number, end: number): void {
    offsets[length + part] = begin;
    offsets[length + part + 1] = end;
  }

  for (let item = scanner.openArray(); item; item = scanner.nextItem()) {
    if (length === MOST_PROFILES * SLICES_PER_PROFILE) {
      throw new TypeError(`Expected at most ${MOST_PROFILES} profiles in one page`);
    }
    if (length === offsets.length) offsets = twiceAsLong(offsets);
    const start = scanner.at;
    const lineBreaks = scanner.lineBreaks;
    if (bytes[start] !== JsonByte.OpenObject)
      throw new TypeError(`Expected a profile to be an object at byte ${start}`);
    idStart = 0;
    idEnd = 0;
    properties.clear();
    for (let member = scanner.openObject(); member; member = scanner.nextMember()) readMember();
    const { cuts, cutAt } = properties;
    if (cuts > 1 || (scanner.lineBreaks > lineBreaks && properties.end > 0)) {
      rewritten.set(length / SLICES_PER_PROFILE, properties.rewritten());
    }
    note(SLICES.profile, start, scanner.at);
    note(SLICES.distinctId, idStart, idEnd);
    note(SLICES.properties, properties.start, properties.end);
    note(SLICES.lastSeen, properties.seenStart, properties.seenEnd);
    if (cuts > 0) note(SLICES.cut, cutAt[0] ?? 0, cutAt[1] ?? 0);
    length += SLICES_PER_PROFILE;
  }
  return new PageSlices(bytes, offsets.subarray(0, length), rewritten);
}

function twiceAsLong(offsets: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * offsets.length);
  longer.set(offsets);
  return longer;
}
