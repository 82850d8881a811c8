// Ours, into a DuckDB table with a primary key and a mark after each batch.
import { DuckDBInstance } from "@duckdb/node-api";
import { duckdbSink } from "../../dist/duckdb.js";
import { normalizeProfiles, profilePages } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const instance = task.memoryLimit && (await DuckDBInstance.create(task.out, { memory_limit: task.memoryLimit }));
const connection = instance && (await instance.connect());
const sink = await duckdbSink(connection ? { connection } : task.out);
await profilePages({ ...account, baseUrl: task.url })
  .pipeThrough(normalizeProfiles())
  .pipeTo(sink);
const { totalRows, missing } = await sink.result;
connection?.closeSync();
instance?.closeSync();
console.log(JSON.stringify({ rows: totalRows, missing }));
