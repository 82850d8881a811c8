import { existsSync } from "node:fs";
import { homedir } from "node:os";
import type { DuckDBConnection } from "@duckdb/node-api";
import { EngageError } from "../../engage-error.ts";
import { oneByOne } from "../table/one-by-one.ts";
import type { TableEngine } from "../table/table-engine.ts";
import { usage } from "../table/table-sink-options.ts";
import { DuckDBEngine } from "./duckdb-engine.ts";

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
  if (typeof path !== "string" || path === "" || path.endsWith("/") || path.includes("\0"))
    throw usage("`path` names a file", path);
  if (path.startsWith(":memory:")) throw usage("what is in memory ends with the sink; pass a `connection`", path);
}

/** Whether a database is there to be opened; one that is no file, such as `md:name`, is taken to be. */
export function isThere({ path }: DatabaseOptions): boolean {
  // DuckDB puts the home directory in the place of `~`.
  return path === undefined || /^[a-z][\w+]+:/i.test(path) || existsSync(path.replace(/^~/, homedir));
}

const make = oneByOne();

/** Opens the database. Files are made one after the other: of two sinks that find none, one would make it under the other. */
export async function openDatabase(options: DatabaseOptions): Promise<TableEngine> {
  const { path, connection } = options;
  if (path === undefined) return DuckDBEngine.over(connection);
  const made = await make(async () => (isThere(options) ? undefined : makeDatabase(options, path)));
  return made ?? DuckDBEngine.open(path);
}

async function makeDatabase(options: DatabaseOptions, path: string): Promise<TableEngine> {
  const engine = await DuckDBEngine.create(path);
  if (isThere(options)) return engine;
  await engine.close();
  const message = `Cannot open the database, its file was deleted while this process has it open; close it first: ${path}`;
  throw new EngageError("write-failed", message);
}
