import { isSpace, JsonByte, spaceEnd } from "./json-byte.ts";

/** Where something begins and ends. */
export type Slice = readonly [begin: number, end: number];

export const NOWHERE: Slice = [0, 0];

/**
 * What to leave out for a member of an object: the member with the comma before it; or if no comma is left before it, with
 * the one behind it.
 *
 * @param previous the cut before this one in the same object
 */
export function memberCut(bytes: Uint8Array, keyStart: number, valueEnd: number, previous: Slice = NOWHERE): Slice {
  const before = lastBefore(bytes, keyStart);
  if (bytes[before] === JsonByte.Comma && previous[1] !== keyStart) return [lastBefore(bytes, before) + 1, valueEnd];
  const behind = spaceEnd(bytes, valueEnd);
  return [keyStart, bytes[behind] === JsonByte.Comma ? spaceEnd(bytes, behind + 1) : valueEnd];
}

/** The last byte before `end` that is no white space. */
function lastBefore(bytes: Uint8Array, end: number): number {
  let at = end - 1;
  while (isSpace(bytes[at])) at -= 1;
  return at;
}
