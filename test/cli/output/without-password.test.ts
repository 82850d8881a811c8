import { describe, expect, test } from "vitest";
import { withoutPassword } from "../../../src/cli/output/without-password.ts";

describe("withoutPassword", () => {
  test.each([
    ["postgres://ann:secret@db/people", "postgres://ann@db/people"],
    ["--out=postgresql://ann:se%40cret@db:5432/people", "--out=postgresql://ann@db:5432/people"],
    ["postgres://ann:se/cr@et@db/people", "postgres://ann@db/people"],
    ["postgres://:secret@db/people", "postgres://@db/people"],
    ["postgres://ann@db/people?password=secret&sslmode=require", "postgres://ann@db/people?password=…&sslmode=require"],
  ])("leaves the password of %s out", (url, shown) => {
    expect(withoutPassword(url)).toBe(shown);
  });

  test.each(["postgres://ann@db:5432/people", "postgres://db:5432/people?user=a@b", "postgres://", "a:b@c.duckdb"])(
    "leaves %s as it is",
    (text) => {
      expect(withoutPassword(text)).toBe(text);
    },
  );
});
