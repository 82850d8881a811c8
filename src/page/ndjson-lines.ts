import { type EngageProfile, indexOf, pageOf } from "./engage-profile.ts";
import { copyBytes, type PageSlices, SLICES } from "./page-slices.ts";
import { type ProfileRow, sentOf } from "./profile-row.ts";

const encoder = new TextEncoder();
const ID = encoder.encode('{"distinct_id":');
const LAST_SEEN = encoder.encode(',"last_seen":');
const PROPERTIES = encoder.encode(',"properties":');
const END = encoder.encode("}\n");
const NULL = encoder.encode("null");
const QUOTE = 0x22;
const FRAME_LENGTH = ID.length + LAST_SEEN.length + PROPERTIES.length + END.length;

/** A profile that was sent, or the whole line of a row that was built. */
type Line = EngageProfile | Uint8Array;

/** A line `{"distinct_id":…,"last_seen":…,"properties":{…}}` for each row; what a server sent is copied, not parsed. */
export function ndjsonLines(rows: readonly ProfileRow[]): Uint8Array<ArrayBuffer> {
  const lines = rows.map((row): Line => sentOf(row) ?? builtLine(row));
  let length = 0;
  for (const line of lines) length += line instanceof Uint8Array ? line.length : sentLength(line);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const line of lines) {
    at = line instanceof Uint8Array ? copyAll(line, bytes, at) : copySent(line, bytes, at);
  }
  return bytes;
}

function sentLength(profile: EngageProfile): number {
  const page = pageOf(profile);
  const index = indexOf(profile);
  const id = page.end(index, SLICES.distinctId) - page.begin(index, SLICES.distinctId) || NULL.length;
  const quotes = isNumber(page, index) ? 2 : 0;
  const lastSeen = page.end(index, SLICES.lastSeen) - page.begin(index, SLICES.lastSeen) || NULL.length;
  return FRAME_LENGTH + id + quotes + lastSeen + page.propertiesLength(index);
}

function copySent(profile: EngageProfile, target: Uint8Array, begin: number): number {
  const page = pageOf(profile);
  const index = indexOf(profile);
  const quoted = isNumber(page, index);
  let at = copyAll(ID, target, begin);
  if (quoted) target[at++] = QUOTE;
  at = copyPart(page, index, SLICES.distinctId, target, at);
  if (quoted) target[at++] = QUOTE;
  at = copyAll(LAST_SEEN, target, at);
  at = copyPart(page, index, SLICES.lastSeen, target, at);
  at = copyAll(PROPERTIES, target, at);
  at = page.copyProperties(index, target, at);
  return copyAll(END, target, at);
}

function isNumber(page: PageSlices, index: number): boolean {
  return page.end(index, SLICES.distinctId) > 0 && page.bytes[page.begin(index, SLICES.distinctId)] !== QUOTE;
}

function copyPart(page: PageSlices, index: number, part: number, target: Uint8Array, at: number): number {
  const end = page.end(index, part);
  return end === 0 ? copyAll(NULL, target, at) : copyBytes(page.bytes, page.begin(index, part), end, target, at);
}

function copyAll(from: Uint8Array, target: Uint8Array, at: number): number {
  return copyBytes(from, 0, from.length, target, at);
}

function builtLine({ distinctId, lastSeen, propertiesJson }: ProfileRow): Uint8Array {
  const fields = `{"distinct_id":${JSON.stringify(distinctId)},"last_seen":${JSON.stringify(lastSeen)}`;
  return encoder.encode(`${fields},"properties":${propertiesJson}}\n`);
}
