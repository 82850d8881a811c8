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
  /** Holds what stood in the target before an incomplete export was published into it. */
  readonly before: TableName;
  /** Holds a row per export. */
  readonly marks: TableName;
  /** What follows `properties` in a `CREATE TABLE` where they are. */
  readonly propertiesDeclaration: string;
}

/** Holds a row per export, beside the tables it tells of. */
export const MARKS_TABLE = "_engage_exports";

/** The tables of an export into `target`. */
export function exportTables(target: TableName, propertiesDeclaration: string): ExportTables {
  const beside = (table: string): TableName => ({ ...target, table });
  return {
    target,
    loading: beside(`${target.table}__loading`),
    before: beside(`${target.table}__before`),
    marks: beside(MARKS_TABLE),
    propertiesDeclaration,
  };
}

/** The name as SQL. */
export function sqlName({ catalog, schema, table }: TableName): string {
  return [catalog, schema, table].map(quoteIdentifier).join(".");
}
