import { expect, test } from "vitest";
import { quoteIdentifier } from "../../src/sink/quote-identifier.ts";

test("a quote within a name is doubled", () => {
  expect(quoteIdentifier(`a "b"; DROP TABLE c`)).toBe(`"a ""b""; DROP TABLE c"`);
});
