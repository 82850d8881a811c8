import { quoteIdentifier, sqlLiteral } from "../table/sql-text.ts";
import type { ChosenColumns, PropertyColumn } from "./choose-columns.ts";
import { quietZerosSql } from "./negative-zeros.ts";

/** How columns come out. */
export interface SelectOptions {
  /** What JSON is in the result. Default `JSON`. */
  readonly jsonType?: "JSON" | "VARCHAR";
}

/**
 * A SELECT over a profile table with a column for each property.
 *
 * @param table as SQL
 */
export function columnsSelect(
  table: string,
  { columns, hasRest }: ChosenColumns,
  { jsonType = "JSON" }: SelectOptions = {},
): string {
  const cast = (type: string) => (type === "JSON" ? jsonType : type);
  const selected = [
    "distinct_id",
    "last_seen",
    ...columns.map(({ name, type }, index) => `${taken(index)}::${cast(type)} AS ${quoteIdentifier(name)}`),
    ...(hasRest ? [`properties::${jsonType} AS properties`] : []),
  ];
  return `SELECT\n  ${selected.join(",\n  ")}\nFROM ${columns.length === 0 ? table : `(${parsed(table, columns)})`}`;
}

/** By its place: DuckDB looks names up in any case, and takes no empty one. */
function taken(index: number): string {
  return `struct_extract_at(property, ${index + 1})`;
}

/** Parses each profile once. What is cast later comes as text, which has every digit; JSON keeps the quotes of its texts. */
function parsed(table: string, columns: readonly PropertyColumn[]): string {
  // Written by hand: names such as `7` would not stay in their place in an object.
  const members = columns.map(({ property, type }) => {
    return `${JSON.stringify(property)}:${JSON.stringify(type === "JSON" ? "JSON" : "VARCHAR")}`;
  });
  return `SELECT distinct_id, last_seen, properties,
    from_json(${quietZerosSql("properties")}, ${sqlLiteral(`{${members.join(",")}}`)}) AS property
  FROM ${table}`;
}
