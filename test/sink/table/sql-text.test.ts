import { describe, expect, test } from "vitest";
import { quoteIdentifier, sqlLiteral } from "../../../src/sink/table/sql-text.ts";
import { memoryDatabase, rowsOf } from "../../helpers/database.ts";

describe("quoteIdentifier", () => {
  test("a quote within a name is doubled", () => {
    expect(quoteIdentifier(`a "b"; DROP TABLE c`)).toBe(`"a ""b""; DROP TABLE c"`);
  });
});

describe("sqlLiteral", () => {
  test.each([["'; DROP TABLE x; --"], ["''"], ["\\' \n ü😀"], [""], [1.5], [9007199254740991], [true], [null]])(
    "%j means itself in a statement",
    async (value) => {
      const [[read] = []] = await rowsOf(await memoryDatabase(), `SELECT ${sqlLiteral(value)}`);
      expect(typeof value === "number" ? Number(String(read)) : read).toEqual(value);
    },
  );
});
