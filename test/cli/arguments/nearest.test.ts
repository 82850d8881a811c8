import { describe, expect, test } from "vitest";
import { nearest } from "../../../src/cli/arguments/nearest.ts";

const FLAGS = [
  "--out",
  "--output-properties",
  "--where",
  "--cohort",
  "--dry-run",
  "--progress",
  "--no-progress",
  "--limit",
];

describe("nearest", () => {
  test.each([
    ["--ouput", "--out"],
    ["--output", "--out"],
    ["--outputProperties", "--output-properties"],
    ["--whree", "--where"],
    ["--wher", "--where"],
    ["--cohort-id", "--cohort"],
    ["--DRY_RUN", "--dry-run"],
    ["--no-progres", "--no-progress"],
    ["--limits", "--limit"],
    ["-limt", "--limit"],
  ])("finds what %s was meant to be", (word, name) => {
    expect(nearest(word, FLAGS)).toBe(name);
  });

  test.each(["--bogus", "--x", "-z", ""])("finds nothing near to %j", (word) => {
    expect(nearest(word, FLAGS)).toBeUndefined();
  });

  test("takes one of two letters for too little", () => {
    expect(nearest("uk", ["us", "eu", "in"])).toBeUndefined();
    expect(nearest("ue", ["us", "eu", "in"])).toBe("eu");
  });
});
