import { describe, expect, test } from "vitest";
import { columnType } from "../../../src/sink/derived/column-type.ts";
import type { ValueClass } from "../../../src/sink/derived/value-class.ts";

describe("columnType", () => {
  test.each<[string, readonly ValueClass[], string]>([
    ["only booleans", ["boolean"], "BOOLEAN"],
    ["only whole numbers", ["whole"], "BIGINT"],
    ["whole numbers up to 64 bits", ["whole", "long"], "BIGINT"],
    ["whole numbers up to 38 digits", ["whole", "long", "huge"], "DECIMAL(38,0)"],
    ["a whole number beyond 38 digits among others", ["whole", "long", "huge", "endless"], "VARCHAR"],
    ["other numbers", ["number"], "DOUBLE"],
    ["whole and other numbers", ["whole", "number"], "DOUBLE"],
    ["a whole number beyond 2^53 and another number", ["long", "number"], "VARCHAR"],
    ["a whole number beyond 64 bits and another number", ["huge", "number"], "VARCHAR"],
    ["a number that no DOUBLE holds", ["number", "outsized"], "VARCHAR"],
    ["only moments", ["timestamp"], "TIMESTAMP"],
    ["only dates", ["date"], "DATE"],
    ["dates and moments", ["date", "timestamp"], "VARCHAR"],
    ["moments and other text", ["timestamp", "text"], "VARCHAR"],
    ["other text", ["text"], "VARCHAR"],
    ["arrays or objects", ["nested"], "JSON"],
    ["arrays or objects among others", ["text", "nested", "whole"], "JSON"],
    ["numbers and booleans", ["whole", "boolean"], "VARCHAR"],
    ["text and numbers", ["text", "number"], "VARCHAR"],
    ["only nulls", ["null"], "VARCHAR"],
    ["nothing at all", [], "VARCHAR"],
    ["nulls among booleans", ["null", "boolean"], "BOOLEAN"],
    ["nulls among dates", ["date", "null"], "DATE"],
  ])("makes of %s, %j, a column of type %s", (_, classes, type) => {
    expect(columnType(classes)).toBe(type);
    expect(columnType([...classes].reverse())).toBe(type);
  });
});
