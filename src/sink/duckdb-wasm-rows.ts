import {
  makeData,
  makeVector,
  Table,
  TimestampMicrosecond,
  tableToIPC,
  Utf8,
  type Vector,
  vectorFromArray,
} from "apache-arrow";
import type { TableRow } from "./table-row.ts";

/** Rows as an Arrow IPC stream, in the columns of {@link TableRow}. */
export function arrowStream(rows: readonly TableRow[]): Uint8Array {
  const columns = new Table({
    distinct_id: vectorFromArray(
      rows.map((row) => row.distinctId),
      new Utf8(),
    ),
    last_seen: microseconds(rows.map((row) => row.lastSeen)),
    properties: vectorFromArray(
      rows.map((row) => row.properties),
      new Utf8(),
    ),
  });
  return tableToIPC(columns, "stream");
}

/** `vectorFromArray` takes milliseconds only. */
function microseconds(values: readonly (bigint | null)[]): Vector<TimestampMicrosecond> {
  const data = new BigInt64Array(values.length);
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8));
  let nullCount = 0;
  for (const [index, value] of values.entries()) {
    if (value === null) {
      nullCount += 1;
      continue;
    }
    data[index] = value;
    nullBitmap[index >> 3] = (nullBitmap[index >> 3] ?? 0) | (1 << (index & 7));
  }
  const type = new TimestampMicrosecond();
  return makeVector(makeData({ type, length: values.length, nullCount, nullBitmap, data }));
}
