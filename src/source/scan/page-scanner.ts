import { JsonByte } from "../../page/json-byte.ts";
import { JsonScanner, JsonSyntaxError } from "../../page/json-scanner.ts";
import type { InvalidProfile } from "../../page/page-result.ts";
import type { PageSlices } from "../../page/page-slices.ts";
import { profileParts } from "../../page/profile-parts.ts";
import { looseProfile } from "./loose-profile.ts";
import { ProfileList } from "./profile-list.ts";
import { QuickScanner } from "./quick-scanner.ts";

/** A page of the Engage API: what it says of itself, parsed, and its profiles, not parsed. */
export interface ScannedPage {
  /** The members beside `results` that this package reads, as sent. */
  readonly head: Readonly<Record<string, unknown>>;
  /** The valid ones; undefined if there is no list `results`. */
  readonly profiles: PageSlices | undefined;
  /** The others; their bytes are not copied. */
  readonly invalid: readonly InvalidProfile[];
}

const HEAD = new Set(["status", "page", "total", "page_size", "session_id", "error", "message"]);
const NONE = new Uint32Array();

/**
 * Finds the profiles in the body of a page, in one pass and without parsing them.
 *
 * @param quick finds what it can before the reference does; null leaves all to the reference, with the same result
 * @throws {JsonSyntaxError} if the body is not JSON in UTF-8, unless invalid profiles alone are the reason
 * @throws {TypeError} if the body is not an object
 */
export function scanPage(bytes: Uint8Array, quick: QuickScanner | null = new QuickScanner(bytes)): ScannedPage {
  const scanner = new JsonScanner(bytes);
  const head: Record<string, unknown> = {};
  let list: ProfileList | undefined;
  if (scanner.peek() !== JsonByte.OpenObject) {
    // What is not JSON is told first.
    scanner.skipValue();
    scanner.end();
    throw new TypeError("Expected an object");
  }
  for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
    scanner.key();
    const key = scanner.parse(scanner.keyStart, scanner.keyEnd) as string;
    if (key === "results" && bytes[scanner.at] === JsonByte.OpenArray) {
      list = scanProfiles(scanner, quick);
      continue;
    }
    const start = scanner.at;
    scanner.skipValue();
    if (key === "results") list = undefined;
    if (HEAD.has(key)) head[key] = scanner.parse(start, scanner.at);
  }
  scanner.end();
  return { head, profiles: list?.slices(bytes), invalid: list?.invalid ?? [] };
}

function scanProfiles(scanner: JsonScanner, quick: QuickScanner | null): ProfileList {
  const list = new ProfileList();
  for (let item = scanner.openArray(); item; item = scanner.nextItem()) {
    const found = quick?.profiles(scanner.at) ?? NONE;
    if (quick && found.length > 0) {
      list.add(found);
      scanner.at = quick.end;
      if (scanner.isItemEnd()) continue;
      // What follows the last one belongs to it, and makes it invalid.
      scanner.at = list.takeBack();
    }
    scanProfile(scanner, list);
  }
  return list;
}

/** Steps over one profile, valid or not. */
function scanProfile(scanner: JsonScanner, list: ProfileList): void {
  const start = scanner.at;
  try {
    const { offsets, rewritten, flaw } = profileParts(scanner);
    if (!scanner.isItemEnd()) scanner.fail("a comma or ]");
    if (flaw === undefined) list.add(offsets, rewritten);
    else addInvalid(scanner, list, start, flaw);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { problem, offset } = error;
    const flaw = `not JSON in UTF-8 (${problem.replace(/^E/, "e")} at byte ${offset - start})`;
    if (!addInvalid(scanner, list, start, flaw)) throw error;
  }
}

/** Sets a profile aside, and steps over it; false if nobody can tell where it ends. */
function addInvalid(scanner: JsonScanner, list: ProfileList, start: number, reason: string): boolean {
  const loose = looseProfile(scanner.bytes, start);
  if (loose === undefined) return false;
  const { end, distinctId } = loose;
  scanner.at = end;
  list.addInvalid({
    reason,
    bytes: scanner.bytes.subarray(start, end),
    ...(distinctId !== undefined && { distinctId }),
  });
  return true;
}
