import type { DuckDBAppender, DuckDBConnection, DuckDBDataChunk } from "@duckdb/node-api";
import type { ProfileColumns } from "../columns/profile-columns.ts";
import type { NativeDuckDB } from "./native-duckdb.ts";

/** The most rows that a chunk holds. */
const CHUNK_ROWS = 2048;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How rows get into an appender of `connection`, where they wait for its flush. */
export function rowsInto(
  appender: DuckDBAppender,
  connection: DuckDBConnection,
  native: NativeDuckDB,
): (rows: ProfileColumns) => void {
  const { DuckDBConnection, DuckDBDataChunk, TIMESTAMP, VARCHAR } = native.api;
  // The memory of another copy of DuckDB is not ours to write to.
  if (!(connection instanceof DuckDBConnection)) return (rows) => appendValues(appender, rows, native);
  // JSON is VARCHAR to a chunk, and is not parsed on its way into the table.
  const chunk = DuckDBDataChunk.create([VARCHAR, TIMESTAMP, VARCHAR]);
  return (rows) => appendChunks(appender, chunk, rows, native);
}

/** Bytes go into DuckDB's vectors as they are: as strings they would be decoded here and encoded there. */
function appendChunks(
  appender: DuckDBAppender,
  chunk: DuckDBDataChunk,
  rows: ProfileColumns,
  { bindings }: NativeDuckDB,
): void {
  for (let begin = 0; begin < rows.length; begin += CHUNK_ROWS) {
    fillChunk(bindings, chunk, rows, begin, Math.min(begin + CHUNK_ROWS, rows.length));
    appender.appendDataChunk(chunk);
  }
}

function fillChunk(
  duckdb: NativeDuckDB["bindings"],
  { chunk }: DuckDBDataChunk,
  rows: ProfileColumns,
  begin: number,
  end: number,
): void {
  duckdb.data_chunk_reset(chunk);
  duckdb.data_chunk_set_size(chunk, end - begin);
  const distinctIds = duckdb.data_chunk_get_vector(chunk, 0);
  const lastSeen = duckdb.data_chunk_get_vector(chunk, 1);
  const properties = duckdb.data_chunk_get_vector(chunk, 2);
  for (let index = begin; index < end; index++) {
    duckdb.vector_assign_string_element_len(distinctIds, index - begin, rows.distinctIds.at(index));
    duckdb.vector_assign_string_element_len(properties, index - begin, rows.properties.at(index));
  }
  const micros = rows.lastSeen.micros.subarray(begin, end);
  duckdb.copy_data_to_vector(lastSeen, 0, micros.buffer, micros.byteOffset, micros.byteLength);
  const validity = rows.lastSeen.validity.subarray(begin / 8, Math.ceil(end / 64) * 8);
  duckdb.vector_ensure_validity_writable(lastSeen);
  duckdb.copy_data_to_vector_validity(lastSeen, 0, validity.buffer, validity.byteOffset, validity.byteLength);
}

function appendValues(
  appender: DuckDBAppender,
  rows: ProfileColumns,
  { api: { DuckDBTimestampValue } }: NativeDuckDB,
): void {
  for (let index = 0; index < rows.length; index++) {
    const micros = rows.lastSeen.at(index);
    appender.appendVarchar(decoder.decode(rows.distinctIds.at(index)));
    if (micros === null) appender.appendNull();
    else appender.appendTimestamp(new DuckDBTimestampValue(micros));
    appender.appendVarchar(decoder.decode(rows.properties.at(index)));
    appender.endRow();
  }
}
