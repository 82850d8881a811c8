/// <reference types="vite/client" />
import { AsyncDuckDB, VoidLogger } from "@duckdb/duckdb-wasm";
import mainWorker from "@duckdb/duckdb-wasm/dist/duckdb-browser-eh.worker.js?url";
import mainModule from "@duckdb/duckdb-wasm/dist/duckdb-eh.wasm?url";

/** duckdb-wasm in its worker, as a page runs it. */
export async function openWasm(): Promise<AsyncDuckDB> {
  const db = new AsyncDuckDB(new VoidLogger(), new Worker(mainWorker));
  await db.instantiate(mainModule);
  return db;
}
