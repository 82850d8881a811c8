import { quoteIdentifier } from "./sql-text.ts";

/** A table in full. */
export interface TableName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** The tables an export has to do with, all in one schema: a transaction writes to one attached database only. */
export interface ExportTables {
  readonly target: TableName;
  /** Holds the rows until they are published. */
  readonly loading: TableName;
  /**
   * Holds each id that an incomplete export has published, and what stood in the target before. A resumed run knows by it
   * which ids have come, and one whose session was lost takes back what does not come again.
   */
  readonly before: TableName;
  /** Has a column for each property of the target, if one was asked for. */
  readonly columns: TableName;
  /** Holds a row per export. */
  readonly records: TableName;
  /** What follows `properties` in a `CREATE TABLE` of that database. */
  readonly propertiesDeclaration: string;
}

/** Holds a row per export, beside the tables it tells of. */
export const RECORDS_TABLE = "_engage_exports";

/** The tables of an export into `target`. */
export function exportTables(target: TableName, propertiesDeclaration: string): ExportTables {
  const beside = (table: string): TableName => ({ ...target, table });
  return {
    target,
    loading: beside(`${target.table}__loading`),
    before: beside(`${target.table}__before`),
    columns: beside(`${target.table}_columns`),
    records: beside(RECORDS_TABLE),
    propertiesDeclaration,
  };
}

/** The name as SQL. */
export function sqlName({ catalog, schema, table }: TableName): string {
  return [catalog, schema, table].map(quoteIdentifier).join(".");
}
