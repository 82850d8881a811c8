import { EngageError } from "../../engage-error.ts";
import { type ColumnsTableOptions, columnsTableOption } from "../derived/columns-table.ts";
import { type DuckDBSink, openTableSink } from "../table/open-table-sink.ts";
import { type TableSinkOptions, tableSinkOptions } from "../table/table-sink-options.ts";
import { checkDatabaseOptions, type DatabaseOptions, isThere, openDatabase } from "./duckdb-database.ts";

/** Which database and which table, and how the export comes into it. */
export type DuckDBSinkOptions = DatabaseOptions & TableSinkOptions & ColumnsTableOptions;

/**
 * Opens a sink that writes profiles into a DuckDB table. The rows are published when the stream closes; until then, and
 * if it is aborted, what was committed stays for mode `resume`.
 *
 * A file that is not there is made, for DuckDB 1.2 and later, and a file stays locked until `result` settles. A `connection`
 * belongs to the sink until then and is not closed.
 *
 * @throws {EngageError} `usage`, `table-exists`, `table-not-found`, `table-mismatch`, `locked` or `write-failed`
 * @example
 * ```ts
 * const sink = await duckdbSink("profiles.duckdb");
 * await profilePages({ projectId, serviceAccount: { username, secret } }).pipeThrough(normalizeProfiles()).pipeTo(sink);
 * const { totalRows } = await sink.result;
 * ```
 */
export async function duckdbSink(options: string | DuckDBSinkOptions): Promise<DuckDBSink> {
  const given: DuckDBSinkOptions = typeof options === "string" ? { path: options } : options;
  checkDatabaseOptions(given);
  const settings = tableSinkOptions(given, columnsTableOption(given));
  if (settings.mode === "append" && !isThere(given)) {
    const message = `Cannot append, there is no such file; export without appending, which makes it: ${given.path}`;
    throw new EngageError("table-not-found", message);
  }
  return openTableSink(await openDatabase(given), settings);
}
