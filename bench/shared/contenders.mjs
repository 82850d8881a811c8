/**
 * What can be run: how the table calls it, and the file or folder it writes. `program` names its file in `contenders/` where
 * that is not its own name; `task` is what it is always told.
 */
export const CONTENDERS = {
  discard: { label: "receive and discard", output: "nothing" },
  ndjson: { label: "engage-export, NDJSON", output: "profiles.ndjson" },
  duckdb: { label: "engage-export, DuckDB", output: "profiles.duckdb" },
  "command-ndjson": { program: "command", label: "engage-export, the command, NDJSON", output: "profiles.ndjson" },
  "command-duckdb": { program: "command", label: "engage-export, the command, DuckDB", output: "profiles.duckdb" },
  parquet: { label: "engage-export, Parquet", output: "profiles.parquet" },
  "parquet-512-mb": {
    program: "parquet",
    task: { memoryLimit: "512MB" },
    label: "engage-export, Parquet, memory_limit 512 MB",
    output: "profiles.parquet",
  },
  "parquet-by-hand": {
    program: "by-hand",
    label: "by hand: pages to disk, read_json with the types given, COPY",
    output: "profiles.parquet",
  },
  columns: {
    program: "duckdb",
    task: { columns: true },
    label: "engage-export, DuckDB with a table of columns",
    output: "profiles.duckdb",
  },
  "table-by-hand": {
    program: "by-hand",
    label: "by hand: pages to disk, one insert into the same keyed table",
    output: "profiles.duckdb",
  },
  "columns-by-hand": {
    program: "by-hand",
    label: "by hand: pages to disk, a keyed table, a table of columns with the types given",
    output: "profiles.duckdb",
  },
  "sparse-parquet": { program: "sparse", label: "Parquet", output: "profiles.parquet" },
  "sparse-columns": {
    program: "sparse",
    task: { table: true },
    label: "DuckDB with a table of columns",
    output: "profiles.duckdb",
  },
  "gzip-file": {
    program: "lines",
    task: { into: "file" },
    label: "engage-export, one compressed NDJSON file",
    output: "profiles.ndjson.gz",
  },
  "gzip-parts": {
    program: "lines",
    task: { into: "parts" },
    label: "engage-export, five compressed parts",
    output: "parts",
  },
  "gzip-s3": { program: "lines", task: { into: "s3" }, label: "the same onto an S3 server", output: "nothing" },
  postgres: { label: "engage-export, Postgres", output: "nothing" },
  "postgres-by-hand": { label: "by hand: NDJSON to disk, \\copy, one insert", output: "profiles.ndjson" },
  naive: { label: "naive: json(), stringify, a commit a page", output: "profiles.duckdb" },
  "read-json": { label: "DuckDB's own load, read_json from disk", output: "profiles.duckdb" },
  "read-json-512-mb": {
    program: "read-json",
    task: { memoryLimit: "512MB" },
    label: "DuckDB's own load, read_json from disk, memory_limit 512 MB",
    output: "profiles.duckdb",
  },
  append: { label: "DuckDB's part alone: ready pages appended, marked, committed", output: "profiles.duckdb" },
  "discard-beside-append": {
    label: "DuckDB's part while pages are received and dropped",
    output: "profiles.duckdb",
  },
  "read-beside-append": {
    label: "DuckDB's part while profilePages() is read and dropped",
    output: "profiles.duckdb",
  },
  "mixpanel-import": { label: "mixpanel-import, NDJSON files", output: "profiles" },
  sequential: { program: "ndjson", task: { concurrency: 1 }, label: "one at a time", output: "profiles.ndjson" },
  waves: { label: "waves of five", output: "profiles.ndjson" },
  "slow-sink": { label: "engage-export, a slow sink", output: "nothing" },
  "duckdb-512-mb": {
    program: "duckdb",
    task: { memoryLimit: "512MB" },
    label: "engage-export, DuckDB, memory_limit 512 MB",
    output: "profiles.duckdb",
  },
};
