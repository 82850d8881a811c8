// DuckDB's part alone: pages that are there as ready bytes, appended and committed one by one with a mark beside them, the
// way the sink does it, into a file as the sink makes it. No network, no scan, no columns to lay out.
import { readFileSync } from "node:fs";
import { DuckDBDataChunk, DuckDBInstance, TIMESTAMP, VARCHAR } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { task } from "../shared/task.mjs";

const PER_PAGE = 1000;
const ROW_GROUP = 122_880;
const LINE_FEED = 0x0a;
const BEFORE_ID = '{"distinct_id":"'.length;
const AFTER_ID = '","last_seen":';

const bytes = readFileSync(task.profiles);
const made = await DuckDBInstance.create();
await (await made.connect()).run(`ATTACH '${task.out}' AS target (STORAGE_VERSION 'v1.2.0'); DETACH target`);
made.closeSync();
const instance = await DuckDBInstance.create(task.out);
const connection = await instance.connect();
await connection.run("SET checkpoint_threshold = '256MB'");
await connection.run(
  "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON USING COMPRESSION zstd)",
);
await connection.run("CREATE TABLE marks (id VARCHAR, next_page BIGINT)");
await connection.run("INSERT INTO marks VALUES ('export', 0)");
const appender = await connection.createAppender("profiles");
const { chunk } = DuckDBDataChunk.create([VARCHAR, TIMESTAMP, VARCHAR]);
let rows = 0;
for (let begin = 0, page = 1; begin < bytes.length; page++) {
  await connection.run("BEGIN TRANSACTION");
  begin = fill(begin);
  duckdb.append_data_chunk(appender.appender, chunk);
  appender.flushSync();
  await connection.run(`UPDATE marks SET next_page = ${page} WHERE id = 'export' RETURNING id; COMMIT`);
  if (rows % ROW_GROUP < PER_PAGE) await connection.run("CHECKPOINT");
}
appender.closeSync();
await connection.run("CHECKPOINT");
connection.closeSync();
instance.closeSync();
console.log(JSON.stringify({ rows }));

/** Fills the chunk with a page. A whole line stands for its properties: somewhat longer, but not to be cut. */
function fill(begin) {
  duckdb.data_chunk_reset(chunk);
  duckdb.data_chunk_set_size(chunk, PER_PAGE);
  const vectors = [0, 1, 2].map((column) => duckdb.data_chunk_get_vector(chunk, column));
  const times = new BigInt64Array(PER_PAGE).fill(1_700_000_000_000_000n);
  duckdb.copy_data_to_vector(vectors[1], 0, times.buffer, 0, times.byteLength);
  let at = begin;
  for (let row = 0; row < PER_PAGE; row++, rows++) {
    const end = bytes.indexOf(LINE_FEED, at);
    const idEnd = bytes.indexOf(AFTER_ID, at);
    duckdb.vector_assign_string_element_len(vectors[0], row, bytes.subarray(at + BEFORE_ID, idEnd));
    duckdb.vector_assign_string_element_len(vectors[2], row, bytes.subarray(at, end));
    at = end + 1;
  }
  return at;
}
