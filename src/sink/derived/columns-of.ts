import type { DuckDBConnection } from "@duckdb/node-api";
import { EngageError } from "../../engage-error.ts";
import { optionChecks } from "../../option.ts";
import { quoteIdentifier } from "../table/sql-text.ts";
import { type TableOptions, tableOptions } from "../table/table-sink-options.ts";
import { chooseColumns, type PropertyColumn } from "./choose-columns.ts";
import { type ColumnOptions, columnChoice } from "./column-options.ts";
import { columnsSelect } from "./columns-select.ts";
import { findProperties } from "./found-properties.ts";

/** Which table, which of its properties, and what the columns are called. */
export interface ColumnsOfOptions extends TableOptions, ColumnOptions {
  /**
   * Whether to count, roughly, how many different values each property has.
   * @default false
   */
  readonly countValues?: boolean;
}

/** A table of profiles as columns. */
export interface DerivedColumns {
  /** A column for each property; `distinct_id` and `last_seen` come before, and `properties` after if one has none. */
  readonly columns: readonly PropertyColumn[];
  /** A SELECT over the table that has these columns, for a view, a table or a `COPY`. */
  readonly sql: string;
}

const TASK = "find the columns";

/**
 * Finds a column for each property of a profile table, typed by all of its values, and the SELECT that reads them: whatever the
 * values are, it does not fail, and no value is lost. What it finds does not depend on the order of the rows.
 *
 * @throws {EngageError} `usage`, `table-not-found` or `table-mismatch`
 * @example
 * ```ts
 * const { columns, sql } = await columnsOf(connection, { table: "profiles" });
 * await connection.run(`CREATE VIEW people AS ${sql}`);
 * for (const { name, type, profiles } of columns) console.log(name, type, profiles);
 * ```
 */
export async function columnsOf(connection: DuckDBConnection, options: ColumnsOfOptions = {}): Promise<DerivedColumns> {
  const check = optionChecks(TASK);
  if (typeof connection?.runAndReadAll !== "function")
    check.refuse("connection", "must be a DuckDBConnection", connection);
  const { countValues = false } = options;
  const choice = columnChoice(options, TASK);
  const table = tableSql(tableOptions(options));
  await checkTable(connection, table);
  const query = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJS();
  const chosen = chooseColumns(await findProperties(query, table, { countValues }), choice);
  return { columns: chosen.columns, sql: columnsSelect(table, chosen) };
}

/** Without a catalog DuckDB looks where it looks for any table, also among views and temporary ones. */
function tableSql({ catalog, schema = catalog && "main", table = "profiles" }: TableOptions): string {
  return [catalog, schema, table].flatMap((name) => (name === undefined ? [] : [quoteIdentifier(name)])).join(".");
}

async function checkTable(connection: DuckDBConnection, table: string): Promise<void> {
  try {
    await connection.run(`SELECT distinct_id, last_seen, properties FROM ${table} LIMIT 0`);
  } catch (error) {
    throw inWords(error, table);
  }
}

function inWords(error: unknown, table: string): EngageError {
  const message = error instanceof Error ? error.message : String(error);
  if (/^Catalog Error/.test(message)) {
    return new EngageError("table-not-found", `Cannot ${TASK}, there is no such table: ${table}`, { cause: error });
  }
  const [why] = message.split("\n");
  return new EngageError("table-mismatch", `Cannot ${TASK}, it is no table of profiles (${why}): ${table}`, {
    cause: error,
  });
}
