import {
  type DuckDBAppender,
  DuckDBConnection,
  DuckDBDataChunk,
  DuckDBTimestampValue,
  TIMESTAMP,
  VARCHAR,
} from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { ADDRESS_AT, duckdbStrings, STRING_BYTES } from "./duckdb-strings.ts";
import type { TableRows } from "./table-rows.ts";
import type { TextColumn } from "./text-column.ts";

/** JSON is VARCHAR to a chunk, and is not parsed on its way into the table. */
const COLUMNS = [VARCHAR, TIMESTAMP, VARCHAR];
/** What a chunk holds at most. */
const CHUNK_ROWS = 2048;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** How rows get into an appender of `connection`, where they wait for its flush. */
export function rowsInto(appender: DuckDBAppender, connection: DuckDBConnection): (rows: TableRows) => void {
  // The memory of another copy of DuckDB is not ours to write to.
  if (!(connection instanceof DuckDBConnection)) return (rows) => appendValues(appender, rows);
  const chunk = DuckDBDataChunk.create(COLUMNS);
  return (rows) => appendChunks(appender, chunk, rows);
}

/** Bytes go into DuckDB's vectors as they are: as strings they would be decoded here and encoded there. */
function appendChunks(appender: DuckDBAppender, chunk: DuckDBDataChunk, rows: TableRows): void {
  for (let begin = 0; begin < rows.length; begin += CHUNK_ROWS) {
    fillChunk(chunk, rows, begin, Math.min(begin + CHUNK_ROWS, rows.length));
    appender.appendDataChunk(chunk);
  }
}

function fillChunk({ chunk }: DuckDBDataChunk, rows: TableRows, begin: number, end: number): void {
  duckdb.data_chunk_reset(chunk);
  duckdb.data_chunk_set_size(chunk, end - begin);
  fillTexts(duckdb.data_chunk_get_vector(chunk, 0), rows.distinctIds, begin, end);
  fillTexts(duckdb.data_chunk_get_vector(chunk, 2), rows.properties, begin, end);
  const lastSeen = duckdb.data_chunk_get_vector(chunk, 1);
  const micros = rows.lastSeen.micros.subarray(begin, end);
  duckdb.copy_data_to_vector(lastSeen, 0, micros.buffer, micros.byteOffset, micros.byteLength);
  const validity = rows.lastSeen.validity.subarray(begin / 8, Math.ceil(end / 64) * 8);
  duckdb.vector_ensure_validity_writable(lastSeen);
  duckdb.copy_data_to_vector_validity(lastSeen, 0, validity.buffer, validity.byteOffset, validity.byteLength);
}

/**
 * Hands all texts over as one, and then says of each where it lies in that: a call for each would take a third of the
 * time that an append does.
 */
function fillTexts(vector: duckdb.Vector, { bytes, offsets }: TextColumn, begin: number, end: number): void {
  const all = bytes.subarray(offsets[begin], offsets[end]);
  duckdb.vector_assign_string_element_len(vector, 0, all);
  const first = duckdb.vector_get_data(vector, STRING_BYTES);
  const address = new DataView(first.buffer, first.byteOffset).getBigUint64(ADDRESS_AT, true);
  const strings = duckdbStrings(all, offsets.subarray(begin, end + 1), Number(address));
  duckdb.copy_data_to_vector(vector, 0, strings.buffer, 0, strings.byteLength);
}

function appendValues(appender: DuckDBAppender, rows: TableRows): void {
  for (let index = 0; index < rows.length; index++) {
    const micros = rows.lastSeen.at(index);
    appender.appendVarchar(decoder.decode(rows.distinctIds.at(index)));
    if (micros === null) appender.appendNull();
    else appender.appendTimestamp(new DuckDBTimestampValue(micros));
    appender.appendVarchar(decoder.decode(rows.properties.at(index)));
    appender.endRow();
  }
}
