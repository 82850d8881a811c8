import type { ProfileColumns } from "../columns/profile-columns.ts";

/** `PGCOPY`, line ends that a careless transfer would change, and no flags. */
const HEADER = Uint8Array.of(0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0, 0, 0, 0, 0, 0, 0, 0, 0);
const END = -1;
const NULL = -1;
/** Postgres counts from the year 2000. */
const EPOCH_MICROS = 946_684_800_000_000n;
/** The number of fields, a length for each of the three, and 8 bytes of a timestamp. */
const FIXED_BYTES = 2 + 3 * 4 + 8;

/**
 * Rows as `COPY … (FORMAT binary)` takes them. In its text form every backslash would have to be doubled, and a tab between
 * two tokens of JSON or in an id be escaped.
 */
export function copyRows({ distinctIds, lastSeen, properties, length }: ProfileColumns): Uint8Array {
  const most = HEADER.length + length * FIXED_BYTES + distinctIds.bytes.length + properties.bytes.length + 2;
  const bytes = new Uint8Array(most);
  const view = new DataView(bytes.buffer);
  bytes.set(HEADER);
  let at = HEADER.length;
  const field = (value: Uint8Array): void => {
    view.setInt32(at, value.length);
    bytes.set(value, at + 4);
    at += 4 + value.length;
  };
  for (let row = 0; row < length; row++) {
    view.setInt16(at, 3);
    at += 2;
    field(distinctIds.at(row));
    const micros = lastSeen.at(row);
    view.setInt32(at, micros === null ? NULL : 8);
    at += 4;
    if (micros !== null) {
      view.setBigInt64(at, micros - EPOCH_MICROS);
      at += 8;
    }
    field(properties.at(row));
  }
  view.setInt16(at, END);
  return bytes.subarray(0, at + 2);
}
