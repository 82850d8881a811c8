import { PageSlices, SLICES_PER_PROFILE } from "../../page/page-slices.ts";
import { JsonByte } from "./json-byte.ts";
import { JsonScanner } from "./json-scanner.ts";
import { profileParts } from "./profile-parts.ts";
import { QuickScanner } from "./quick-scanner.ts";

/** A page of the Engage API: what it says of itself, parsed, and its profiles, not parsed. */
export interface ScannedPage {
  /** The members beside `results` that this package reads, as sent. */
  readonly head: Readonly<Record<string, unknown>>;
  /** Undefined where there is no list `results`. */
  readonly profiles: PageSlices | undefined;
}

const HEAD = new Set(["status", "page", "total", "page_size", "session_id", "error", "message"]);
// What the API sends in a page unless it is asked for another size.
const TYPICAL_PROFILES = 1_000;
// Page sizes to 40,000 are reported to work; millions of empty profiles would take gigabytes.
const MOST_PROFILES = 1_000_000;
const NONE = new Uint32Array();

/**
 * Finds the profiles in the body of a page, in one pass and without parsing them.
 *
 * @param quick finds what it can before the reference does; null leaves all to the reference, with the same result
 * @throws {JsonSyntaxError} if the body is not JSON in UTF-8
 * @throws {TypeError} if the body, a profile or its `$properties` is not an object
 */
export function scanPage(bytes: Uint8Array, quick: QuickScanner | null = new QuickScanner(bytes)): ScannedPage {
  const scanner = new JsonScanner(bytes);
  const head: Record<string, unknown> = {};
  let profiles: PageSlices | undefined;
  if (scanner.peek() !== JsonByte.OpenObject) {
    // What is no JSON is told first.
    scanner.skipValue();
    scanner.end();
    throw new TypeError("Expected an object");
  }
  for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
    scanner.key();
    const key = scanner.parse(scanner.keyStart, scanner.keyEnd) as string;
    if (key === "results" && bytes[scanner.at] === JsonByte.OpenArray) {
      profiles = scanProfiles(scanner, quick);
      continue;
    }
    const start = scanner.at;
    scanner.skipValue();
    if (key === "results") profiles = undefined;
    if (HEAD.has(key)) head[key] = scanner.parse(start, scanner.at);
  }
  scanner.end();
  return { head, profiles };
}

function scanProfiles(scanner: JsonScanner, quick: QuickScanner | null): PageSlices {
  let offsets = new Uint32Array(TYPICAL_PROFILES * SLICES_PER_PROFILE);
  let length = 0;
  const rewritten = new Map<number, Uint8Array>();
  for (let item = scanner.openArray(); item; item = scanner.nextItem()) {
    let found = quick?.profiles(scanner.at) ?? NONE;
    if (quick && found.length > 0) scanner.at = quick.end;
    else {
      const parts = profileParts(scanner);
      found = parts.offsets;
      if (parts.rewritten !== undefined) rewritten.set(length / SLICES_PER_PROFILE, parts.rewritten);
    }
    if (length + found.length > MOST_PROFILES * SLICES_PER_PROFILE) {
      throw new TypeError(`Expected at most ${MOST_PROFILES} profiles in one page`);
    }
    while (length + found.length > offsets.length) offsets = twiceAsLong(offsets);
    offsets.set(found, length);
    length += found.length;
  }
  return new PageSlices(scanner.bytes, offsets.subarray(0, length), rewritten);
}

function twiceAsLong(offsets: Uint32Array): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * offsets.length);
  longer.set(offsets);
  return longer;
}
