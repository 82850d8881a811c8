// Ours, into a DuckDB table with a primary key and a mark after each batch.
import { DuckDBInstance } from "@duckdb/node-api";
import { duckdbSink } from "../../dist/duckdb.js";
import { normalizeProfiles, profilePages } from "../../dist/index.js";
import { account } from "../shared/account.mjs";
import { task } from "../shared/task.mjs";

const database = task.memoryLimit && (await limited(task.memoryLimit));
const place = database ? { connection: database.connection, catalog: "target" } : { path: task.out };
const sink = await duckdbSink({ ...place, columns: task.columns });
await profilePages({ ...account, baseUrl: task.url })
  .pipeThrough(normalizeProfiles())
  .pipeTo(sink, { preventClose: true });
// The sink's last checkpoint lets go of the index.
const held = await database?.held();
await sink.close();
const { totalRows, missing } = await sink.result;
console.log(JSON.stringify({ rows: totalRows, missing, held }));
database?.close();

/** A database with less memory, set up as docs/performance.md says. */
async function limited(memoryLimit) {
  const instance = await DuckDBInstance.create(":memory:", { memory_limit: memoryLimit });
  const connection = await instance.connect();
  await connection.run(`ATTACH '${task.out}' AS target (STORAGE_VERSION 'v1.2.0', ROW_GROUP_SIZE 20480)`);
  await connection.run("SET checkpoint_threshold = '64MB'");
  return {
    connection,
    /** Bytes that DuckDB holds, by its own account: for the primary key's index, and for all. */
    async held() {
      const reader = await connection.runAndReadAll(
        `SELECT sum(memory_usage_bytes) FILTER (tag = 'ART_INDEX')::DOUBLE AS index, sum(memory_usage_bytes)::DOUBLE AS all
          FROM duckdb_memory()`,
      );
      return reader.getRowObjects()[0];
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
