import { expect, test } from "vitest";
import { quoteIdentifier } from "../../../src/sink/table/quote-identifier.ts";

test("a quote within a name is doubled", () => {
  expect(quoteIdentifier(`a "b"; DROP TABLE c`)).toBe(`"a ""b""; DROP TABLE c"`);
});
