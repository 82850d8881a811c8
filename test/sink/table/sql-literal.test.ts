import { expect, test } from "vitest";
import { sqlLiteral } from "../../../src/sink/table/sql-literal.ts";
import { memoryDatabase, rowsOf } from "../../helpers/database.ts";

test.each([["'; DROP TABLE x; --"], ["''"], ["\\' \n ü😀"], [""], [1.5], [9007199254740991], [true], [null]])(
  "%j means itself in a statement",
  async (value) => {
    const [[read] = []] = await rowsOf(await memoryDatabase(), `SELECT ${sqlLiteral(value)}`);
    expect(typeof value === "number" ? Number(String(read)) : read).toEqual(value);
  },
);
