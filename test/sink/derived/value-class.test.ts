import { describe, expect, test } from "vitest";
import { quietZerosSql } from "../../../src/sink/derived/negative-zeros.ts";
import { classSql, type ValueClass, valueClass } from "../../../src/sink/derived/value-class.ts";
import { memoryDatabase } from "../../helpers/database.ts";

const NINES = "9".repeat(38);

const CASES: readonly (readonly [ValueClass, readonly string[]])[] = [
  ["null", ["null"]],
  ["boolean", ["true", "false"]],
  ["whole", ["0", "7", "-7", "999999999999999", "9007199254740992", "-9007199254740992"]],
  ["long", ["9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808"]],
  ["huge", ["9223372036854775808", "-9223372036854775809", NINES, `-${NINES}`]],
  ["endless", [`${NINES}0`, `-1${"0".repeat(38)}`, "1".repeat(400)]],
  ["number", ["1.0", "1E+2", "-0", "-0.0", "0.5", "5e-324", "1e308", "1e-400", "9007199254740993.0"]],
  ["outsized", ["1e309", "-1e400", "1.7976931348623159e308"]],
  ["timestamp", ["2024-02-29T23:59:59", "0001-01-01T00:00:00", "9999-12-31T00:00:00"]],
  ["date", ["2024-02-29", "2000-02-29", "0001-01-01", "9999-12-31", "0400-02-29", "2023-04-30"]],
  [
    "text",
    ["", "x", "true", "12", "null", "2023-1-1", "2023-01-01 ", "\u06602023-01-01", "{}", "\0", "a\nb", "\u2028"],
  ],
  ["text", ["2023-02-29", "2023-02-30", "1900-02-29", "2023-04-31", "2023-13-01", "2023-00-01", "2023-01-00"]],
  ["text", ["0000-01-01", "0000-02-29", "10000-01-01", "-2023-01-01", "2023-01-01\n", "infinity", "epoch"]],
  ["text", ["2023-01-01T24:00:00", "2023-01-01T23:59:60", "2023-06-30T23:60:00", "2023-02-30T00:00:00"]],
  ["text", ["2023-01-01T00:00:00Z", "2023-01-01T00:00:00.5", "2023-01-01 00:00:00", "2023-01-01t00:00:00"]],
  ["nested", ["{}", "[]", '{"a":1}', "[-0]", '["2023-01-01"]']],
];

/** As JSON: dates and other texts stand in the table without their quotes. */
function jsonOf(kind: ValueClass, value: string): string {
  return ["timestamp", "date", "text"].includes(kind) ? JSON.stringify(value) : value;
}

const values = CASES.flatMap(([kind, texts]) => texts.map((text) => [jsonOf(kind, text), kind] as const));

describe("valueClass", () => {
  test.each(values)("finds that %s is %s", (json, kind) => {
    const value: unknown = JSON.parse(json);
    expect(typeof value === "number" ? valueClass(value, json) : valueClass(value)).toBe(kind);
  });

  test("takes a number as JavaScript writes it unless its spelling is given", () => {
    expect(valueClass(1)).toBe("whole");
    expect(valueClass(-0)).toBe("whole");
    expect(valueClass(0.5)).toBe("number");
    expect(valueClass(1e21)).toBe("number");
  });
});

describe("classSql", () => {
  test("finds the same in DuckDB", async () => {
    const connection = await memoryDatabase();
    await connection.run("CREATE TABLE texts (json VARCHAR)");
    for (const [json] of values) await connection.run("INSERT INTO texts VALUES ($1)", [`{"a":${json}}`]);
    const member = `map_values(from_json(${quietZerosSql("json")}, '"MAP(VARCHAR, JSON)"'))[1]::VARCHAR`;
    const reader = await connection.runAndReadAll(
      `SELECT ${classSql("value")} FROM (SELECT ${member} AS value FROM texts ORDER BY rowid)`,
    );
    const found = reader.getRowsJS().map(([kind], index) => [values[index]?.[0], kind]);
    expect(found).toEqual(values);
  });
});
