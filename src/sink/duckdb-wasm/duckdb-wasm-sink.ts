import type { AsyncDuckDB } from "@duckdb/duckdb-wasm";
import type { DuckDBBindings } from "@duckdb/duckdb-wasm/blocking";
import { type DuckDBSink, openTableSink } from "../table/open-table-sink.ts";
import { sinkChecks, type TableSinkOptions, tableSinkOptions } from "../table/table-sink-options.ts";
import { DuckDBWasmEngine, type WasmConnection } from "./duckdb-wasm-engine.ts";

/** A database, to which a connection is opened and closed, or a connection, which stays open and is the caller's to close. */
export type WasmDatabaseOptions =
  | { readonly db: AsyncDuckDB | DuckDBBindings; readonly connection?: undefined }
  | { readonly connection: WasmConnection; readonly db?: undefined };

/** Which database and which table, and how the export comes into it. */
export type DuckDBWasmSinkOptions = WasmDatabaseOptions & TableSinkOptions;

/**
 * Opens a sink that writes profiles into a table of duckdb-wasm: of its worker, in a browser, or of its blocking bindings,
 * on Node, Bun and Deno. Otherwise it is `duckdbSink()`.
 *
 * `properties` is JSON if the extension `json` is loaded or can be, else VARCHAR with the same text. The extension is fetched
 * from DuckDB's server, or from `custom_extension_repository`, unless `autoload_known_extensions` is off.
 *
 * @throws {EngageError} `usage`, `table-exists`, `table-not-found`, `table-mismatch` or `write-failed`
 * @example
 * ```ts
 * const sink = await duckdbWasmSink({ db, table: "profiles" });
 * await profilePages({ projectId, serviceAccount: { username, secret } }).pipeThrough(normalizeProfiles()).pipeTo(sink);
 * const { totalRows } = await sink.result;
 * ```
 */
export async function duckdbWasmSink(options: DuckDBWasmSinkOptions): Promise<DuckDBSink> {
  const { db, connection } = options;
  if ((db === undefined) === (connection === undefined))
    sinkChecks.refuse("db", "or `connection` must be given, and not both");
  if (db !== undefined && typeof db.connect !== "function") {
    sinkChecks.refuse("db", "must be an AsyncDuckDB or the blocking bindings of @duckdb/duckdb-wasm", db);
  }
  if (connection !== undefined && typeof connection.insertArrowFromIPCStream !== "function") {
    sinkChecks.refuse("connection", "must be a connection of @duckdb/duckdb-wasm", connection);
  }
  const settings = tableSinkOptions(options);
  const engine = await DuckDBWasmEngine.over(connection ?? (await db.connect()), connection === undefined);
  return openTableSink(engine, settings);
}
