import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance, type JS } from "@duckdb/node-api";
import { onTestFinished } from "vitest";
import { type DuckDBSink, type DuckDBSinkOptions, duckdbSink } from "../../src/duckdb.ts";
import type { EngageWarning, OnWarning } from "../../src/engage-warning.ts";
import type { ExportResult } from "../../src/export/export-result.ts";
import type { PageResult } from "../../src/page/page-result.ts";
import type { ProfileRow } from "../../src/page/profile-row.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** The path of a database that is not there yet. */
export async function temporaryDatabase(name = "profiles.duckdb"): Promise<string> {
  return join(temporaryDirectory(), name);
}

/** Works on a database, which is closed afterwards. */
export async function withDatabase<Result>(
  path: string,
  work: (connection: DuckDBConnection) => Promise<Result>,
): Promise<Result> {
  const instance = await DuckDBInstance.fromCache(path);
  const connection = await instance.connect();
  try {
    return await work(connection);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** A connection to a database in memory: quick, since nothing waits for a disk. */
export async function memoryDatabase(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  return connection;
}

/** The rows a statement returns, as arrays. */
export async function rowsOf(database: string | DuckDBConnection, sql: string): Promise<JS[][]> {
  if (typeof database === "string") return withDatabase(database, (connection) => rowsOf(connection, sql));
  return (await database.runAndReadAll(sql)).getRowsJS();
}

/** Asks a DuckDB file that nobody has open. */
export async function queryFile(path: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What came of an export, whichever way it ended. */
export interface Outcome {
  readonly sink: DuckDBSink;
  /** What the pipe rejected with. */
  readonly error: unknown;
  /** What `result` came to. */
  readonly result: ExportResult | undefined;
  readonly warnings: readonly EngageWarning[];
}

type Pages = Iterable<PageResult<ProfileRow>> | AsyncIterable<PageResult<ProfileRow>>;

/** Sends pages into a sink of a file or a connection, then closes it, or aborts it where a reason is given. */
export function exportPages(
  options: DuckDBSinkOptions,
  pages: Pages | ((sink: DuckDBSink) => Pages),
  abortReason?: Error,
): Promise<Outcome> {
  return exportInto((onWarning) => duckdbSink({ onWarning, ...options }), pages, abortReason);
}

/** Sends pages into a sink, then closes it, or aborts it where a reason is given. */
export async function exportInto(
  open: (onWarning: OnWarning) => Promise<DuckDBSink>,
  pages: Pages | ((sink: DuckDBSink) => Pages),
  abortReason?: Error,
): Promise<Outcome> {
  const warnings: EngageWarning[] = [];
  const sink = await open((warning) => warnings.push(warning));
  const writer = sink.getWriter();
  writer.closed.catch(() => {});
  let error: unknown;
  try {
    for await (const page of typeof pages === "function" ? pages(sink) : pages) await writer.write(page);
    await (abortReason === undefined ? writer.close() : writer.abort(abortReason));
  } catch (caught) {
    error = caught;
  }
  const result = await sink.result.catch(() => undefined);
  return { sink, error, result, warnings };
}

/** The ids and properties of a table, in the order of the ids. */
export async function profilesIn(database: string | DuckDBConnection, table = "profiles"): Promise<JS[][]> {
  return rowsOf(database, `SELECT distinct_id, properties FROM "${table.replaceAll('"', '""')}" ORDER BY distinct_id`);
}

/** The names of all tables. */
export async function tablesIn(database: string | DuckDBConnection): Promise<JS[]> {
  const rows = await rowsOf(database, "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1");
  return rows.flat();
}
