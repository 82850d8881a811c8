import type { ValueClass } from "./value-class.ts";

/** The type of a column that was made of a property. */
export type ColumnType = "BOOLEAN" | "BIGINT" | "DECIMAL(38,0)" | "DOUBLE" | "TIMESTAMP" | "DATE" | "VARCHAR" | "JSON";

/** In this order: the first whose classes hold all values that are not null. What no type holds without loss is text. */
const TYPES: readonly (readonly [ColumnType, readonly ValueClass[]])[] = [
  ["VARCHAR", []],
  ["BOOLEAN", ["boolean"]],
  ["BIGINT", ["whole", "long"]],
  ["DECIMAL(38,0)", ["whole", "long", "huge"]],
  // A whole number beyond 2^53 would lose digits.
  ["DOUBLE", ["whole", "number"]],
  ["TIMESTAMP", ["timestamp"]],
  ["DATE", ["date"]],
];

/** The type that holds all values of these classes. */
export function columnType(classes: Iterable<ValueClass>): ColumnType {
  const found = [...classes].filter((each) => each !== "null");
  if (found.includes("nested")) return "JSON";
  const fitting = TYPES.find(([, held]) => found.every((each) => held.includes(each)));
  return fitting?.[0] ?? "VARCHAR";
}
