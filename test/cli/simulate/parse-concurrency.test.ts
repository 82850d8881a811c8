import { describe, expect, it } from "vitest";
import { parseConcurrency } from "../../../src/cli/simulate/parse-concurrency.ts";
import { errorOf } from "../../helpers/error-of.ts";

const parse = (text: string) => parseConcurrency("--concurrent-queries", text);

describe("parseConcurrency", () => {
  it("takes a number, or no limit", () => {
    expect(parse("3")).toBe(3);
    expect(parse("unlimited")).toBe(Number.POSITIVE_INFINITY);
  });

  it("takes numbers that hold after so many queries", () => {
    const limit = parse("1, 2@10,0@20,unlimited@21");
    const asked = [0, 9, 10, 19, 20, 21, 1_000];
    expect(asked.map((admitted) => (typeof limit === "function" ? limit(admitted) : limit))).toEqual([
      1,
      1,
      2,
      2,
      0,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it.each(["", "x", "-1", "1.5", "2@5", "2,3", "2,3@5,4@5", "2,3@9,4@8", "1,,2@3"])("refuses %j", (text) => {
    const { code, message } = errorOf(() => parse(text));
    expect([code, message]).toEqual(["usage", expect.stringMatching(/^--concurrent-queries takes N or unlimited, or/)]);
  });
});
