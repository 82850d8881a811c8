import type { SqlValue } from "./table-engine.ts";

/** A value as SQL. */
export function sqlLiteral(value: SqlValue): string {
  if (value === null) return "NULL";
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}
