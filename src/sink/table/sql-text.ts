import type { SqlValue } from "./table-engine.ts";

/** An SQL identifier that means exactly `name`. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A value as SQL. */
export function sqlLiteral(value: SqlValue): string {
  if (value === null) return "NULL";
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** What `SET` of an `UPDATE` says: values by the names of their columns. */
export function sqlAssignments(values: Readonly<Record<string, SqlValue>>): string {
  return Object.entries(values)
    .map(([column, value]) => `${column} = ${sqlLiteral(value)}`)
    .join(", ");
}
