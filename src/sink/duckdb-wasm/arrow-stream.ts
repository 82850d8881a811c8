import { type Data, makeData, makeVector, Table, TimestampMicrosecond, tableToIPC, Utf8 } from "apache-arrow";
import type { ProfileColumns } from "../columns/profile-columns.ts";
import type { TextColumn } from "../columns/text-column.ts";
import type { TimestampColumn } from "../columns/timestamp-column.ts";

/** Rows as an Arrow IPC stream, in the columns of {@link ProfileColumns}. */
export function arrowStream({ distinctIds, lastSeen, properties }: ProfileColumns): Uint8Array {
  const columns = new Table({
    distinct_id: makeVector(textData(distinctIds)),
    last_seen: makeVector(timestampData(lastSeen)),
    properties: makeVector(textData(properties)),
  });
  return tableToIPC(columns, "stream");
}

function textData({ length, offsets, bytes }: TextColumn): Data<Utf8> {
  return makeData({ type: new Utf8(), length, valueOffsets: offsets, data: bytes });
}

function timestampData({ length, nulls, validity, micros }: TimestampColumn): Data<TimestampMicrosecond> {
  return makeData({ type: new TimestampMicrosecond(), length, nullCount: nulls, nullBitmap: validity, data: micros });
}
