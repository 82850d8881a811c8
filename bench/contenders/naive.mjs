// The obvious first version: `json()`, rest-spread, `JSON.stringify`, one appender, a commit per page, default settings.
import { DuckDBInstance } from "@duckdb/node-api";
import { inWaves } from "../shared/fetch-page.mjs";
import { task } from "../shared/task.mjs";

const instance = await DuckDBInstance.create(task.out);
const connection = await instance.connect();
await connection.run("CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON)");
await connection.run("CREATE TABLE mark (next_page INTEGER)");
await connection.run("INSERT INTO mark VALUES (0)");
const appender = await connection.createAppender("profiles");
let rows = 0;

await inWaves(async ({ page, results }) => {
  await connection.run("BEGIN");
  for (const { $distinct_id, $properties } of results) {
    const { $last_seen, ...properties } = $properties ?? {};
    appender.appendVarchar(String($distinct_id));
    if ($last_seen === undefined) appender.appendNull();
    else appender.appendTimestamp({ micros: BigInt(Date.parse($last_seen)) * 1000n });
    appender.appendVarchar(JSON.stringify(properties));
    appender.endRow();
  }
  appender.flushSync();
  await connection.run(`UPDATE mark SET next_page = ${page + 1}`);
  await connection.run("COMMIT");
  rows += results.length;
});
appender.closeSync();
connection.closeSync();
instance.closeSync();
console.log(JSON.stringify({ rows }));
