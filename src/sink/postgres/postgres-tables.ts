import { quoteIdentifier } from "../table/sql-text.ts";
import { RECORDS_TABLE } from "../table/table-name.ts";

/** A table by its name, and as SQL. */
export interface PostgresTable {
  readonly name: string;
  readonly sql: string;
}

/** The tables an export has to do with, all in one schema. */
export interface PostgresTables {
  readonly schema: string;
  readonly target: PostgresTable;
  /** Holds the rows until they are published. */
  readonly loading: PostgresTable;
  /** Holds what stood in the target before an incomplete export was published into it. */
  readonly before: PostgresTable;
  /** Holds a row per export. */
  readonly records: PostgresTable;
}

/** The tables of an export into `table`. */
export function postgresTables(schema: string, table: string): PostgresTables {
  const named = (name: string): PostgresTable => ({ name, sql: `${quoteIdentifier(schema)}.${quoteIdentifier(name)}` });
  return {
    schema,
    target: named(table),
    loading: named(`${table}__loading`),
    before: named(`${table}__before`),
    records: named(RECORDS_TABLE),
  };
}
