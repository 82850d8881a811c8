import { columnNames } from "./column-names.ts";
import { type ColumnOptions, columnChoice } from "./column-options.ts";
import { type ColumnType, columnType } from "./column-type.ts";
import { byCodeUnits, type FoundProperty } from "./found-properties.ts";

/** A column that is made of a property. */
export interface PropertyColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly property: string;
  /** How many profiles have the property, also as null. */
  readonly profiles: number;
  /** About how many different values it has, if they were to be counted. */
  readonly values?: number;
}

export interface ChosenColumns {
  readonly columns: readonly PropertyColumn[];
  /** Whether a property has no column, so that the table needs the whole JSON too. */
  readonly hasRest: boolean;
}

/**
 * The columns for properties, typed by the classes of their values and in the order of their names: what every table and file
 * of columns of this package has.
 *
 * @throws {EngageError} `usage`
 * @example
 * ```ts
 * const found = [{ property: "$email", profiles: 2, classes: new Set([valueClass("a@b.c"), valueClass(null)]) }];
 * const { columns } = chooseColumns(found); // [{ name: "$email", type: "VARCHAR", property: "$email", profiles: 2 }]
 * ```
 */
export function chooseColumns(found: readonly FoundProperty[], options: ColumnOptions = {}): ChosenColumns {
  const choice = columnChoice(options, "choose columns");
  const chosen = choice.columns === undefined ? mostFrequent(found, choice.maxColumns) : pinned(found, choice.columns);
  const picked = new Set(chosen.map(({ property }) => property));
  const others = found.filter(({ property }) => !picked.has(property));
  // The names of pinned columns must not depend on what else profiles have.
  const avoided = choice.columns === undefined ? others.map(({ property }) => property) : [];
  const names = columnNames([...picked], choice.columnNames, avoided);
  const columns = chosen.map(({ classes, ...rest }, index) => ({
    name: names[index] ?? rest.property,
    type: columnType(classes),
    ...rest,
  }));
  return { columns, hasRest: others.length > 0 };
}

function mostFrequent(found: readonly FoundProperty[], most: number): readonly FoundProperty[] {
  return [...found]
    .sort((one, other) => other.profiles - one.profiles || byCodeUnits(one.property, other.property))
    .slice(0, most)
    .sort((one, other) => byCodeUnits(one.property, other.property));
}

function pinned(found: readonly FoundProperty[], columns: readonly string[]): readonly FoundProperty[] {
  const byName = new Map(found.map((each) => [each.property, each]));
  return columns.map((property) => byName.get(property) ?? { property, profiles: 0, classes: new Set() });
}
