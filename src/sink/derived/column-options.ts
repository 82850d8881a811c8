import { optionChecks } from "../../option.ts";
import type { ColumnNames } from "./column-names.ts";

/** Which properties get a column, and what it is called. */
export interface ColumnOptions {
  /**
   * How many properties get a column, those that most profiles have first; the others stay in a last column `properties`.
   * @default 300
   */
  readonly maxColumns?: number | undefined;
  /**
   * `exact` keeps the properties' own names, `plain` makes names that every warehouse takes: `email` of `$email`.
   * @default "exact"
   */
  readonly columnNames?: ColumnNames | undefined;
  /** The properties that get a column, in this order, whether profiles have them or not. */
  readonly columns?: readonly string[] | undefined;
}

/** The same with the defaults. */
export type ColumnChoice = Required<Omit<ColumnOptions, "columns">> & Pick<ColumnOptions, "columns">;

/**
 * Fills in the defaults; throws `usage` if an option is not what it must be.
 *
 * @param task completes the sentence “Cannot …”
 */
export function columnChoice(
  { maxColumns = 300, columnNames = "exact", columns }: ColumnOptions,
  task: string,
): ColumnChoice {
  const check = optionChecks(task);
  return {
    maxColumns: check.whole("maxColumns", maxColumns, { from: 1 }),
    columnNames: check.oneOf("columnNames", columnNames, ["exact", "plain"]),
    columns: columns === undefined ? undefined : pins(columns),
  };

  function pins(names: readonly string[]): readonly string[] {
    if (!Array.isArray(names) || names.length === 0) check.refuse("columns", "must be a list of property names", names);
    for (const name of names) if (typeof name !== "string") check.refuse("columns", "must hold texts only", name);
    // As tables hold them: lone surrogates have no UTF-8.
    return [...new Set(names.map((name) => name.replace(/\p{Surrogate}/gu, "\ufffd")))];
  }
}
