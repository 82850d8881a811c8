import { EngageError } from "../../engage-error.ts";
import { propertiesDeclaration } from "./profile-table.ts";
import type { TableEngine } from "./table-engine.ts";
import { type ExportTables, exportTables } from "./table-name.ts";
import type { TableOptions } from "./table-sink-options.ts";

/** Finds out where the tables are, and how their properties are declared there. */
export async function locateTables(
  engine: TableEngine,
  { catalog, schema, table }: TableOptions & { readonly table: string },
): Promise<ExportTables> {
  const [current] = await engine.query("SELECT current_database() AS catalog, current_schema() AS schema");
  const catalogName = catalog ?? String(current?.catalog);
  const schemaName = schema ?? (catalog === undefined ? String(current?.schema) : "main");
  // DuckDB finds names in any case; from here on they are spelled as DuckDB spells them.
  const [found] = await engine.query(
    `SELECT database.database_name AS catalog, schema_name AS schema, database.readonly,
        database.tags['storage_version'] AS storage
      FROM duckdb_schemas() AS schema JOIN duckdb_databases() AS database USING (database_oid)
      WHERE lower(database.database_name) = lower($1) AND lower(schema_name) = lower($2)`,
    [catalogName, schemaName],
  );
  const where = `${catalogName}.${schemaName}`;
  if (found === undefined) {
    throw new EngageError("table-not-found", `Cannot export, there is no such schema; create or attach it: ${where}`);
  }
  if (found.readonly) throw new EngageError("write-failed", `Cannot export, the database is read-only: ${where}`);
  const target = { catalog: String(found.catalog), schema: String(found.schema), table };
  return exportTables(target, propertiesDeclaration(engine.jsonTypes, found.storage));
}
