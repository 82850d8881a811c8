// DuckDB's own load of the same profiles, as NDJSON on disk: both threads, no network, no key, nothing to resume.
import { DuckDBInstance } from "@duckdb/node-api";
import { task } from "../shared/task.mjs";

const instance = await DuckDBInstance.create(task.out, task.memoryLimit ? { memory_limit: task.memoryLimit } : {});
const connection = await instance.connect();
await connection.run(
  `CREATE TABLE profiles AS SELECT * FROM read_json($1, format = 'newline_delimited',
    columns = { distinct_id: 'VARCHAR', last_seen: 'TIMESTAMP', properties: 'JSON' })`,
  [task.profiles],
);
const reader = await connection.runAndReadAll("SELECT count(*)::INTEGER AS rows FROM profiles");
connection.closeSync();
instance.closeSync();
console.log(JSON.stringify(reader.getRowObjects()[0]));
