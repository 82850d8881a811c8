import { existsSync } from "node:fs";
import type { DuckDBConnection } from "@duckdb/node-api";
import { EngageError } from "../engage-error.ts";
import { DuckDBEngine } from "./duckdb-engine.ts";
import { type TableOptions, usage } from "./sink-options.ts";
import type { TableEngine } from "./table-engine.ts";
import { type ExportTables, exportTables } from "./table-name.ts";

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

/** Opens the database. */
export async function openDatabase({ path, connection }: DatabaseOptions): Promise<TableEngine> {
  return path === undefined ? DuckDBEngine.over(connection) : await DuckDBEngine.open(path);
}

/** Finds out where the tables are. */
export async function locateTables(
  engine: TableEngine,
  { catalog, schema, table }: TableOptions & { readonly table: string },
): Promise<ExportTables> {
  const [current] = await engine.query("SELECT current_database() AS catalog, current_schema() AS schema");
  const catalogName = catalog ?? String(current?.catalog);
  const schemaName = schema ?? (catalog === undefined ? String(current?.schema) : "main");
  // DuckDB finds names in any case; from here on they are spelled as DuckDB spells them.
  const [found] = await engine.query(
    `SELECT database.database_name AS catalog, schema_name AS schema, database.readonly
      FROM duckdb_schemas() AS schema JOIN duckdb_databases() AS database USING (database_oid)
      WHERE lower(database.database_name) = lower($1) AND lower(schema_name) = lower($2)`,
    [catalogName, schemaName],
  );
  const where = `${catalogName}.${schemaName}`;
  if (found === undefined) {
    throw new EngageError("table-not-found", `Cannot export, there is no such schema; create or attach it: ${where}`);
  }
  if (found.readonly) throw new EngageError("write-failed", `Cannot export, the database is read-only: ${where}`);
  return exportTables({ catalog: String(found.catalog), schema: String(found.schema), table });
}
