// DuckDB's part alone: pages that are there as ready bytes, appended and committed one by one with a mark beside them, the
// way the sink does it, into a file as the sink makes it. No network, no scan, no columns to lay out.
import { readFileSync } from "node:fs";
import { DuckDBDataChunk, DuckDBInstance, TIMESTAMP, VARCHAR } from "@duckdb/node-api";
import duckdb from "@duckdb/node-bindings";
import { task } from "../shared/task.mjs";

const PER_PAGE = 1000;
const LINE_FEED = 0x0a;
const BEFORE_ID = '{"distinct_id":"'.length;
const AFTER_ID = '","last_seen":';
/** A shorter text has another form in a vector; an id that is shorter goes on into what follows it. */
const SHORTEST = 13;

const bytes = readFileSync(task.profiles);
const instance = await DuckDBInstance.create();
const connection = await instance.connect();
await connection.run(`ATTACH '${task.out}' AS target (STORAGE_VERSION 'v1.2.0')`);
await connection.run("USE target");
await connection.run("SET checkpoint_threshold = '128MB'");
await connection.run(
  `CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON USING COMPRESSION zstd)`,
);
await connection.run("CREATE TABLE marks (id VARCHAR, next_page BIGINT)");
await connection.run("INSERT INTO marks VALUES ('export', 0)");
const appender = await connection.createAppender("profiles");
const { chunk } = DuckDBDataChunk.create([VARCHAR, TIMESTAMP, VARCHAR]);
const times = new BigInt64Array(PER_PAGE).fill(1_700_000_000_000_000n);
const strings = new DataView(new ArrayBuffer(16 * PER_PAGE));
let rows = 0;
await connection.run("BEGIN TRANSACTION");
for (let begin = 0, page = 1; begin < bytes.length; page++) {
  begin = fill(begin);
  duckdb.append_data_chunk(appender.appender, chunk);
  appender.flushSync();
  await connection.run(`UPDATE marks SET next_page = ${page} WHERE id = 'export'; COMMIT; BEGIN TRANSACTION`);
}
await connection.run("ROLLBACK");
appender.closeSync();
await connection.run("CHECKPOINT target");
connection.closeSync();
instance.closeSync();
console.log(JSON.stringify({ rows }));

/** Takes a page of lines as they are for properties: they are as long as those, and are not looked at. */
function fill(begin) {
  const [ids, lines] = [[], []];
  let at = begin;
  for (let row = 0; row < PER_PAGE; row++, rows++) {
    const end = bytes.indexOf(LINE_FEED, at);
    const id = at + BEFORE_ID;
    ids.push([id - begin, Math.max(bytes.indexOf(AFTER_ID, id), id + SHORTEST) - begin]);
    lines.push([at - begin, end - begin]);
    at = end + 1;
  }
  const page = bytes.subarray(begin, at);
  duckdb.data_chunk_reset(chunk);
  duckdb.data_chunk_set_size(chunk, PER_PAGE);
  const vectors = [0, 1, 2].map((column) => duckdb.data_chunk_get_vector(chunk, column));
  fillTexts(vectors[0], page, ids);
  duckdb.copy_data_to_vector(vectors[1], 0, times.buffer, 0, times.byteLength);
  fillTexts(vectors[2], page, lines);
  return at;
}

/** The page into DuckDB's memory as one text, and then for each row where in it its text lies. */
function fillTexts(vector, page, ranges) {
  duckdb.vector_assign_string_element_len(vector, 0, page);
  const first = duckdb.vector_get_data(vector, 16);
  const address = new DataView(first.buffer, first.byteOffset).getBigUint64(8, true);
  for (const [row, [begin, end]] of ranges.entries()) {
    strings.setUint32(16 * row, end - begin, true);
    strings.setUint32(16 * row + 4, page.readUInt32LE(begin), true);
    strings.setBigUint64(16 * row + 8, address + BigInt(begin), true);
  }
  duckdb.copy_data_to_vector(vector, 0, strings.buffer, 0, strings.byteLength);
}
