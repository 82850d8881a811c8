import type { Checkpoint } from "../checkpoint.ts";
import { EngageError } from "../engage-error.ts";
import type { ExportSink } from "../export-sink.ts";
import type { PageResult } from "../page-result.ts";
import type { ProfileRow } from "../profile-row.ts";
import { checkDatabaseOptions, type DatabaseOptions, isThere, locateTables, openDatabase } from "./duckdb-database.ts";
import { planExport } from "./plan-export.ts";
import { type TableSinkOptions, tableSinkOptions } from "./sink-options.ts";
import { TableExport } from "./table-export.ts";

/** Which database and which table, and how the export comes into it. */
export type DuckDBSinkOptions = DatabaseOptions & TableSinkOptions;

/** A sink that writes profiles into a table. */
export interface DuckDBSink extends ExportSink {
  /** Where the export that mode `resume` takes up goes on: give it to `profilePages({ resume })`. */
  readonly checkpoint: Checkpoint | undefined;
}

/**
 * Opens a sink that writes profiles into a DuckDB table. The rows are published when the stream closes; until then, and
 * where it is aborted, what was committed stays for mode `resume`.
 *
 * A file stays locked until `result` settles. A `connection` belongs to the sink until then and is not closed.
 *
 * @throws {EngageError} `usage`, `table-exists`, `table-not-found`, `table-mismatch`, `locked` or `write-failed`
 * @example
 * ```ts
 * const sink = await duckdbSink("profiles.duckdb");
 * await profilePages(options).pipeThrough(normalizeProfiles()).pipeTo(sink);
 * const { totalRows } = await sink.result;
 * ```
 */
export async function duckdbSink(options: string | DuckDBSinkOptions): Promise<DuckDBSink> {
  const given: DuckDBSinkOptions = typeof options === "string" ? { path: options } : options;
  checkDatabaseOptions(given);
  const settings = tableSinkOptions(given);
  if (settings.mode === "append" && !isThere(given)) {
    throw new EngageError(
      "table-not-found",
      `Cannot append, there is no such file; use mode \`create\`: ${given.path}`,
    );
  }
  const engine = await openDatabase(given);
  try {
    const plan = await planExport(engine, await locateTables(engine, settings), settings);
    const tableExport = new TableExport(engine, plan, settings);
    const stream = new WritableStream<PageResult<ProfileRow>>({
      write: (page) => tableExport.write(page),
      close: () => tableExport.close(),
      abort: (reason) => tableExport.abort(reason),
    });
    return Object.assign(stream, {
      result: tableExport.result,
      restarts: true,
      checkpoint: plan.saved?.checkpoint,
    });
  } catch (error) {
    await engine.close();
    throw error;
  }
}
