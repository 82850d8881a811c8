import { createRequire } from "node:module";
import { createDuckDB, type DuckDBBindings, NODE_RUNTIME, VoidLogger } from "@duckdb/duckdb-wasm/blocking";

const mainModule = createRequire(import.meta.url).resolve("@duckdb/duckdb-wasm/dist/duckdb-eh.wasm");

/** duckdb-wasm with its blocking bindings, as Node, Bun and Deno run it. */
export async function openWasm(): Promise<DuckDBBindings> {
  const bundle = { mainModule, mainWorker: "" };
  const db = await createDuckDB({ mvp: bundle, eh: bundle }, new VoidLogger(), NODE_RUNTIME);
  await db.instantiate(() => {});
  return db;
}
