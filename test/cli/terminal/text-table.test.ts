import { describe, expect, test } from "vitest";
import { textTable } from "../../../src/cli/terminal/text-table.ts";

describe("textTable", () => {
  test("columns are aligned, numbers to the right", () => {
    const table = textTable(
      ["name", "profiles", "spend"],
      [
        ["free", 13858, 0],
        ["enterprise", 7, 1.5],
        [null, 12, 20.25],
      ],
    );
    expect(table.split("\n")).toEqual([
      "name        profiles  spend",
      "──────────  ────────  ─────",
      "free          13,858   0.00",
      "enterprise         7   1.50",
      "                  12  20.25",
    ]);
  });

  test("characters that take two columns of a terminal count twice", () => {
    expect(
      textTable(
        ["id", "n"],
        [
          ["用户", 1],
          ["🦊", 2],
          ["abcd", 3],
        ],
      ).split("\n"),
    ).toEqual(["id    n", "────  ─", "用户  1", "🦊    2", "abcd  3"]);
  });

  test("what would obey or break the terminal is shown instead", () => {
    expect(textTable(["a\u001b[31m"], [["b\nc"], ["d\u202ee"]]).split("\n")).toEqual([
      "a\\x1b[31m",
      "─────────",
      "b\\x0ac",
      "d\\u202ee",
    ]);
  });

  test("a table without rows has its header", () => {
    expect(textTable(["a"], []).split("\n")).toEqual(["a", "─"]);
  });
});
