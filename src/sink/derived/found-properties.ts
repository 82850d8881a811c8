import { quietZerosSql } from "./negative-zeros.ts";
import { classSql, type ValueClass } from "./value-class.ts";

/** A property that profiles have. */
export interface FoundProperty {
  readonly property: string;
  /** How many profiles have it, also as null. */
  readonly profiles: number;
  readonly classes: ReadonlySet<ValueClass>;
  /** About how many different values it has, if they were counted. */
  readonly values?: number;
}

/** Runs a statement. */
export type Query = (sql: string) => Promise<Iterable<unknown>>;

/** Finds the properties of the profiles in `table`, which is SQL. */
export async function findProperties(
  query: Query,
  table: string,
  options?: { readonly countValues?: boolean },
): Promise<readonly FoundProperty[]> {
  return foundProperties((await query(propertiesSql(table, options))) as Iterable<PropertyRecord>);
}

/** A record of {@link propertiesSql}. */
interface PropertyRecord {
  /** As JSON: the client drops a byte order mark at the beginning of a text. */
  readonly property: string;
  readonly class: ValueClass;
  readonly profiles: number | bigint;
  readonly values?: number | bigint;
}

/**
 * Finds every property of every profile in one pass over `table`, and the classes of its values: 1.1 s for 100,000 profiles of
 * 1.2 KB and 33 properties, of which a quarter is spent to find names that a profile has twice. Only the first of those counts,
 * as it is the one that is read.
 *
 * @param table as SQL
 */
function propertiesSql(table: string, { countValues = false } = {}): string {
  const values = countValues ? ", approx_count_distinct(value) AS values" : "";
  const isFirst = "list_transform(names, lambda name, place: list_position(names, name) = place)";
  return `SELECT to_json(name)::VARCHAR AS property, class, count(*) AS profiles${values}
    FROM (SELECT name, value, ${classSql("value")} AS class
      FROM (SELECT unnest(names) AS name, unnest(texts)::VARCHAR AS value,
          unnest(CASE WHEN cardinality(list_histogram(names)) < len(names) THEN ${isFirst} END) AS is_first
        FROM (SELECT map_keys(members) AS names, map_values(members) AS texts
          FROM (SELECT from_json(${quietZerosSql("properties")}, '"MAP(VARCHAR, JSON)"') AS members FROM ${table})))
      WHERE is_first IS NOT FALSE)
    GROUP BY name, class`;
}

/** What the records say, in the order of the properties' names. */
function foundProperties(records: Iterable<PropertyRecord>): readonly FoundProperty[] {
  const found = new Map<string, { profiles: number; values: number | undefined; classes: Set<ValueClass> }>();
  for (const record of records) {
    const { profiles, values } = record;
    const property = String(JSON.parse(record.property));
    const entry = found.get(property) ?? { profiles: 0, values: undefined, classes: new Set() };
    entry.profiles += Number(profiles);
    // The same value has one class only.
    if (values !== undefined) entry.values = (entry.values ?? 0) + Number(values);
    entry.classes.add(record.class);
    found.set(property, entry);
  }
  return [...found]
    .map(([property, { values, ...rest }]) => ({
      property,
      ...rest,
      // An estimate may be more than there are.
      ...(values === undefined ? {} : { values: Math.min(values, rest.profiles) }),
    }))
    .sort((one, other) => byCodeUnits(one.property, other.property));
}

/** Compares names as JavaScript does by itself, the same in every locale. */
export function byCodeUnits(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
