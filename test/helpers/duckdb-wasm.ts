import { createRequire } from "node:module";
import {
  createDuckDB,
  type DuckDBBindings,
  type DuckDBConnection,
  NODE_RUNTIME,
  VoidLogger,
} from "@duckdb/duckdb-wasm/blocking";
import { onTestFinished } from "vitest";

const mainModule = createRequire(import.meta.url).resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm");
let started: Promise<DuckDBBindings> | undefined;

/** duckdb-wasm with its blocking bindings and an empty database in memory, which loads no extension. */
export async function wasmDatabase(): Promise<{ readonly db: DuckDBBindings; readonly connection: DuckDBConnection }> {
  // Compiling it takes seconds.
  started ??= startWasm();
  const db = await started;
  db.reset();
  const connection = db.connect();
  connection.query("SET autoload_known_extensions = false");
  onTestFinished(() => connection.close());
  return { db, connection };
}

/** The rows a statement returns, as arrays. */
export function wasmRows(connection: DuckDBConnection, sql: string): unknown[][] {
  return connection
    .query(sql)
    .toArray()
    .map((row) => Object.values(row.toJSON()));
}

async function startWasm(): Promise<DuckDBBindings> {
  const bundle = { mainModule, mainWorker: "" };
  const db = await createDuckDB({ mvp: bundle, eh: bundle }, new VoidLogger(), NODE_RUNTIME);
  await db.instantiate(() => {});
  return db;
}
