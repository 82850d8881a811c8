import { existsSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBEngine } from "./duckdb-engine.ts";
import { usage } from "./sink-options.ts";
import type { TableEngine } from "./table-engine.ts";

/** A file, which is opened and closed, or a connection, which stays open and is the caller's to close. */
export type DatabaseOptions =
  | { readonly path: string; readonly connection?: undefined }
  | { readonly connection: DuckDBConnection; readonly path?: undefined };

/** Throws `usage` unless `options` names a database that outlives the sink. */
export function checkDatabaseOptions(options: DatabaseOptions): void {
  const { path, connection } = options;
  if ((path === undefined) === (connection === undefined)) throw usage("give either `path` or `connection`", path);
  if (connection !== undefined && typeof connection.createAppender !== "function") {
    throw usage("`connection` is a DuckDBConnection of @duckdb/node-api", connection);
  }
  if (path === undefined) return;
  if (typeof path !== "string" || path === "" || path.includes("\0")) throw usage("`path` names a file", path);
  if (path.startsWith(":memory:")) throw usage("what is in memory ends with the sink; pass a `connection`", path);
}

/** Whether a database is there to be opened; one that is no file, such as `md:name`, is taken to be. */
export function isThere({ path }: DatabaseOptions): boolean {
  return path === undefined || /^[a-z][\w+]+:/i.test(path) || existsSync(path);
}

let opening: Promise<unknown> = Promise.resolve();

/** Opens the database; one after the other, since two that find no file would both make it. */
export async function openDatabase(options: DatabaseOptions): Promise<TableEngine> {
  const { path, connection } = options;
  if (path === undefined) return DuckDBEngine.over(connection);
  const opened = opening.then(() => DuckDBEngine.open(path, isThere(options)));
  opening = opened.catch(() => {});
  return opened;
}
