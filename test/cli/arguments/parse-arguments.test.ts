import { expect, test } from "vitest";
import { exportOptions } from "../../../src/cli/arguments/export-options.ts";
import { ArgumentsError, parseArguments } from "../../../src/cli/arguments/parse-arguments.ts";

const parse = (...args: string[]) => parseArguments(args, exportOptions);

test("a value may stand after the option or behind an equals sign", () => {
  expect(parse("--out", "a.ndjson", "--limit=5")).toEqual({ out: "a.ndjson", limit: "5" });
});

test("one letter stands for the options that have one", () => {
  expect(parse("-w", "x", "-o", "y.db", "-f", "duckdb", "-n", "people", "-a")).toEqual({
    where: "x",
    out: "y.db",
    format: "duckdb",
    table: "people",
    append: true,
  });
});

test.each([["--group-id", "-1405123841946871899"], ["--group-id=-1405123841946871899"]])(
  "a negative number is a value: %s %s",
  (...args) => {
    expect(parse(...args.filter((arg) => arg !== undefined))).toEqual({ "group-id": "-1405123841946871899" });
  },
);

test("a dash alone is a value", () => {
  expect(parse("--out", "-")).toEqual({ out: "-" });
});

test("a repeated list option keeps all of its values", () => {
  expect(parse("--distinct-id", "1", "--distinct-id", "2")).toEqual({ "distinct-id": ["1", "2"] });
});

test("an option can be turned off where its usage says so", () => {
  expect(parse("--no-progress")).toEqual({ progress: false });
});

test.each([
  [["--bogus"], "There is no such option: --bogus"],
  [["-z"], "There is no such option: -z"],
  [["--no-quiet"], "There is no such option: --no-quiet"],
  [["--secret", "s3cret"], "There is no such option: --secret"],
  [["--__proto__", "1"], "There is no such option: --__proto__"],
  [["--constructor"], "There is no such option: --constructor"],
  [["export"], "Cannot make sense of a word that belongs to no option: export"],
  [["--", "export"], "Cannot make sense of a word that belongs to no option: export"],
  [["--where"], "--where needs a value"],
  [["--where", "--limit"], "--where needs a value; for one that begins with a dash write --where=VALUE: --limit"],
  [["--quiet=yes"], "--quiet takes no value: yes"],
  [["--where", "a", "-w", "b"], "-w was given twice, and only one value can count: b"],
])("arguments that no option accounts for are refused: %j", (args, message) => {
  expect(() => parse(...args)).toThrow(new ArgumentsError(message));
});

test.each([[["--output-properties", ""]], [["--where="]], [["-o", ""]]])(
  "an empty value is refused, with a word on quoting: %j",
  (args) => {
    expect(() => parse(...args)).toThrow(/is empty: in a shell .* write '\$email' in single quotes/);
  },
);
