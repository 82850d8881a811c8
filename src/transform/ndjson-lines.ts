import { type PageSlices, SLICES } from "../page-slices.ts";
import { ProfileRow } from "../profile-row.ts";

const encoder = new TextEncoder();
const ID = encoder.encode('{"distinct_id":');
const LAST_SEEN = encoder.encode(',"last_seen":');
const PROPERTIES = encoder.encode(',"properties":');
const END = encoder.encode("}\n");
const NULL = encoder.encode("null");
const QUOTE = encoder.encode('"');
/** The fixed parts of a line. */
const FRAME = ID.length + LAST_SEEN.length + PROPERTIES.length + END.length + 2 * NULL.length;

/** A line `{"distinct_id":…,"last_seen":…,"properties":{…}}` for each row; what a server sent is copied, not parsed. */
export function ndjsonLines(rows: readonly ProfileRow[]): Uint8Array<ArrayBuffer> {
  const page = rows[0] && ProfileRow.slicesOf(rows[0])?.page;
  const lines = new ByteList(rows.length * FRAME + (page?.bytes.length ?? 0));
  for (const row of rows) {
    const slices = ProfileRow.slicesOf(row);
    lines.append(ID);
    if (slices) appendSent(lines, slices.page, slices.index);
    else appendBuilt(lines, row);
    lines.append(END);
  }
  return lines.bytes();
}

function appendSent(lines: ByteList, page: PageSlices, index: number): void {
  const id = page.part(index, SLICES.distinctId);
  const isNumber = id !== undefined && id[0] !== QUOTE[0];
  if (isNumber) lines.append(QUOTE);
  lines.append(id ?? NULL);
  if (isNumber) lines.append(QUOTE);
  lines.append(LAST_SEEN);
  lines.append(page.part(index, SLICES.lastSeen) ?? NULL);
  lines.append(PROPERTIES);
  for (const part of page.propertiesParts(index)) lines.append(part);
}

function appendBuilt(lines: ByteList, { distinctId, lastSeen, propertiesJson }: ProfileRow): void {
  lines.append(encoder.encode(JSON.stringify(distinctId)));
  lines.append(LAST_SEEN);
  lines.append(encoder.encode(JSON.stringify(lastSeen)));
  lines.append(PROPERTIES);
  lines.append(encoder.encode(propertiesJson));
}

/** Bytes in a row, in one buffer that grows. */
class ByteList {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(capacity: number) {
    this.#buffer = new Uint8Array(capacity);
  }

  append(bytes: Uint8Array): void {
    const end = this.#length + bytes.length;
    if (end > this.#buffer.length) {
      const wider = new Uint8Array(Math.max(end, 2 * this.#buffer.length));
      wider.set(this.#buffer);
      this.#buffer = wider;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = end;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.subarray(0, this.#length);
  }
}
