import type { DuckDBConnection } from "@duckdb/node-api";
import { oneByOne } from "../table/table-engine.ts";
import { sinkChecks } from "../table/table-sink-options.ts";
import { checkPath, databaseFile, fileExists } from "./database-file.ts";
import { DuckDBEngine } from "./duckdb-engine.ts";

/** A file, which is opened and closed, or a connection, which stays open and is the caller's to close. */
export type DatabaseOptions =
  | {
      /**
       * A DuckDB file. If this process has it open itself, then by `DuckDBInstance.fromCache()`, or pass its `connection`:
       * two instances of one file overwrite each other's rows, so that a sink refuses a file that is open in another one.
       */
      readonly path: string;
      readonly connection?: undefined;
    }
  | { readonly connection: DuckDBConnection; readonly path?: undefined };

/** Throws `usage` unless `options` names a database that outlives the sink. */
export function checkDatabaseOptions({ path, connection }: DatabaseOptions): void {
  if ((path === undefined) === (connection === undefined))
    sinkChecks.refuse("path", "or `connection` must be given, and not both");
  if (path !== undefined) checkPath(path);
  else if (typeof connection?.createAppender !== "function") {
    sinkChecks.refuse("connection", "must be a DuckDBConnection of @duckdb/node-api", connection);
  }
}

/** Whether a database is there to be opened. */
export function isThere({ path }: DatabaseOptions): boolean {
  return path === undefined || fileExists(databaseFile(path));
}

const inTurn = oneByOne();

/** Opens the database. Files are opened one after the other: of two sinks that find none, one would make it under the other. */
export async function openDatabase({ path, connection }: DatabaseOptions): Promise<DuckDBEngine> {
  if (path === undefined) return DuckDBEngine.over(connection);
  return inTurn(() => DuckDBEngine.open(databaseFile(path)));
}
