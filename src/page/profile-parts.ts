import { JsonByte } from "./json-byte.ts";
import type { JsonScanner } from "./json-scanner.ts";
import { NOWHERE, type Slice } from "./member-cut.ts";
import { SLICES, SLICES_PER_PROFILE } from "./page-slices.ts";
import { NO_PROPERTIES, propertiesParts } from "./properties-parts.ts";

/** Where the parts of one profile lie. */
export interface ProfileParts {
  /** As in `PageSlices`. */
  readonly offsets: Uint32Array;
  /** The properties, if they do not stand in the page as they are wanted. */
  readonly rewritten: Uint8Array | undefined;
  /** Why it is JSON, but not a valid profile. */
  readonly flaw: string | undefined;
}

const DISTINCT_ID = new TextEncoder().encode('"$distinct_id"');
const PROPERTIES = new TextEncoder().encode('"$properties"');

/**
 * Steps over the profile ahead, whatever it looks like, and finds its parts. Of a member that comes twice the last counts.
 *
 * @throws {JsonSyntaxError} if it is not JSON in UTF-8
 */
export function profileParts(scanner: JsonScanner): ProfileParts {
  const start = scanner.at;
  const offsets = new Uint32Array(SLICES_PER_PROFILE);
  if (scanner.bytes[start] !== JsonByte.OpenObject) {
    scanner.skipValue();
    return { offsets, rewritten: undefined, flaw: "not an object" };
  }
  let distinctId = NOWHERE;
  let properties = NO_PROPERTIES;
  for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
    scanner.key();
    if (scanner.isKey(DISTINCT_ID)) distinctId = idAhead(scanner);
    else if (scanner.isKey(PROPERTIES)) properties = propertiesParts(scanner);
    else scanner.skipValue();
  }
  offsets.set([start, scanner.at], SLICES.profile);
  offsets.set(distinctId, SLICES.distinctId);
  offsets.set(properties.whole, SLICES.properties);
  offsets.set(properties.lastSeen, SLICES.lastSeen);
  offsets.set(properties.cuts[0] ?? NOWHERE, SLICES.cut);
  return { offsets, rewritten: properties.rewritten, flaw: properties.flaw };
}

/** A text that is not empty or a number; whatever else there may be is no id. */
function idAhead(scanner: JsonScanner): Slice {
  const start = scanner.at;
  const first = scanner.bytes[start] ?? 0;
  scanner.skipValue();
  const isNumber = first === JsonByte.Minus || (first >= JsonByte.Digit0 && first <= JsonByte.Digit9);
  const isFilledText = first === JsonByte.Quote && scanner.at - start > 2;
  return isNumber || isFilledText ? [start, scanner.at] : NOWHERE;
}
