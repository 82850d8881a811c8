import { isDeepStrictEqual } from "node:util";
import { columnValue, expectedValue, type RawMembers } from "./hostile-profiles.ts";

/** A table of columns, as something has read it. */
export interface FoundColumns {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** The property of each column that is made of one. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What is not as the profiles have it. The id of a profile is its place in the list. */
export interface ColumnDifference {
  readonly index: number;
  readonly name: string;
  readonly type: string;
  readonly json: string;
  readonly text: string | null;
}

/**
 * Compares each value of each profile.
 *
 * @param emptyIsNull whether the reader cannot tell NULL from the empty text
 */
export function columnDifferences(
  profiles: readonly RawMembers[],
  { columns, types, rows, properties }: FoundColumns,
  emptyIsNull = false,
): readonly ColumnDifference[] {
  const byId = new Map(rows.map((row) => [row[0], row]));
  const known = new Map<string, boolean>();
  return profiles.flatMap((members, index) => {
    // The first of a name counts.
    const values = new Map([...members].reverse());
    return columns.flatMap((name, column) => {
      if (column < 2) return [];
      const type = types[column] ?? "";
      const json = values.get(String(properties[name])) ?? "null";
      const read = byId.get(String(index))?.[column] ?? null;
      const text = emptyIsNull && read === "" && json === "null" ? null : read;
      const key = JSON.stringify([type, json, text]);
      const isSame = known.get(key) ?? holds(type, json, text);
      known.set(key, isSame);
      return isSame ? [] : [{ index, name, type, json, text }];
    });
  });
}

function holds(type: string, json: string, text: string | null): boolean {
  // In a file JSON is text, so that the type of its column does not say that it is.
  const expected = type === "VARCHAR" ? textOrJson(json, text) : expectedValue(json, type);
  return isDeepStrictEqual(columnValue(text, type, expected), expected);
}

/** What a column of text must hold: where it is of JSON, that it is the same JSON. */
function textOrJson(json: string, found: string | null): unknown {
  const expected = expectedValue(json, "VARCHAR");
  if (found === null) return expected;
  try {
    if (JSON.stringify(JSON.parse(found)) === JSON.stringify(JSON.parse(json))) return found;
  } catch {
    // No JSON: plain text.
  }
  return expected;
}
