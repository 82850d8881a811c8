// Ours, into a DuckDB table with a primary key and a mark after each batch.
import { DuckDBInstance } from "@duckdb/node-api";
import { duckdbSink } from "../../dist/duckdb.js";
import { normalizeProfiles, profilePages } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const database = task.memoryLimit && (await limited(task.memoryLimit));
const sink = await duckdbSink(database ? { connection: database.connection, catalog: "target" } : task.out);
await profilePages({ ...account, baseUrl: task.url })
  .pipeThrough(normalizeProfiles())
  .pipeTo(sink);
const { totalRows, missing } = await sink.result;
console.log(JSON.stringify({ rows: totalRows, missing, held: await database?.held() }));
database?.close();

/** A database with less memory, set up as docs/performance.md says. */
async function limited(memoryLimit) {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: memoryLimit });
  const connection = await instance.connect();
  await connection.run(`ATTACH '${task.out}' AS target (ROW_GROUP_SIZE 20480)`);
  await connection.run("SET checkpoint_threshold = '64MB'");
  return {
    connection,
    /** Bytes that DuckDB holds, by its own account. */
    async held() {
      const reader = await connection.runAndReadAll("SELECT sum(memory_usage_bytes)::DOUBLE FROM duckdb_memory()");
      return reader.getRows()[0][0];
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
