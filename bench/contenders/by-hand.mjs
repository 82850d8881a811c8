// What a user would do by hand: the pages into files, five at a time, then DuckDB's own `read_json`, told which types there are:
// into a Parquet file, or into a keyed table and, if types are given, a table of columns.
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { DuckDBInstance } from "@duckdb/node-api";
import { fetchPage } from "../shared/fetch-page.mjs";
import { task } from "../shared/task.mjs";

const directory = `${task.out}.pages`;
const isParquet = task.out.endsWith(".parquet");
let next = 0;

await mkdir(directory);
await keep();
await Promise.all(Array.from({ length: 5 }, keepMore));

const instance = await DuckDBInstance.create(isParquet ? ":memory:" : task.out);
const connection = await instance.connect();
const read = (properties) => `(SELECT unnest(results) AS profile FROM read_json('${directory}/*.json',
  columns = { results: 'STRUCT("$distinct_id" VARCHAR, "$properties" ${properties})[]' }))`;
const columns = () =>
  `SELECT profile."$distinct_id" AS distinct_id, unnest(profile."$properties") FROM ${read(task.types)}`;
if (isParquet) {
  await connection.run(`COPY (${columns()}) TO '${task.out}' (FORMAT parquet, COMPRESSION zstd)`);
} else {
  await connection.run("CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON)");
  await connection.run(
    `INSERT INTO profiles SELECT profile."$distinct_id", (profile."$properties"->>'$."$last_seen"')::TIMESTAMP,
        json_merge_patch(profile."$properties", '{"$last_seen":null}')
      FROM ${read("JSON")}`,
  );
  if (task.types !== undefined) await connection.run(`CREATE TABLE profiles_columns AS ${columns()}`);
}
const from = isParquet ? `'${task.out}'` : "profiles";
const reader = await connection.runAndReadAll(`SELECT count(*)::INTEGER AS rows FROM ${from}`);
console.log(JSON.stringify(reader.getRowObjects()[0]));
connection.closeSync();
instance.closeSync();

async function keep() {
  const page = next++;
  const response = await fetchPage(page, "bench");
  await pipeline(Readable.fromWeb(response.body), createWriteStream(`${directory}/${page}.json`));
}

async function keepMore() {
  while (next < task.pages) await keep();
}
