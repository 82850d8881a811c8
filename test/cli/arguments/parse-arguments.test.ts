import { describe, expect, test } from "vitest";
import { ArgumentsError } from "../../../src/cli/arguments/arguments-error.ts";
import { exportOptions } from "../../../src/cli/arguments/export-options.ts";
import { parseArguments } from "../../../src/cli/arguments/parse-arguments.ts";

const parse = (...args: string[]) => parseArguments(args, exportOptions);

describe("parseArguments", () => {
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

  test("a value may follow its letter at once", () => {
    expect(parse("-oa.ndjson", "-aw", "x")).toEqual({ out: "a.ndjson", append: true, where: "x" });
  });

  test("words beside the options are taken where they belong there", () => {
    const options = { quiet: exportOptions.quiet };
    expect(parseArguments(["bash", "--quiet"], options, 1)).toEqual({ quiet: true, words: ["bash"] });
    expect(() => parseArguments(["bash", "zsh"], options, 1)).toThrow("belongs to no option: zsh");
  });

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
    [["--no-quiet"], "There is no such option: --no-quiet; leave --quiet out"],
    [["--secret", "s3cret"], "There is no such option: --secret; did you mean --secret-file?"],
    [["--ouput=a.db"], "There is no such option: --ouput; did you mean --out?"],
    [["--output_properties", "a"], "There is no such option: --output_properties; did you mean --output-properties?"],
    [["--cohortId", "5"], "There is no such option: --cohortId; did you mean --cohort?"],
    [["--no-progres"], "There is no such option: --no-progres; did you mean --no-progress?"],
    [["-out", "a.db"], "There is no such option: -out; did you mean --out?"],
    [["-where=a"], "There is no such option: -where; did you mean --where?"],
    [["-no-progress"], "There is no such option: -no-progress; did you mean --no-progress?"],
    [["-limits", "5"], "There is no such option: -limits; did you mean --limit?"],
    [["--region", "ue"], "--region must be one of us, eu, in: ue; did you mean eu?"],
    [["--region", "europe"], "--region must be one of us, eu, in: europe; did you mean eu?"],
    [["--region", "uk"], "--region must be one of us, eu, in: uk"],
    [["-f", "duckb"], "-f must be one of ndjson, duckdb, parquet, csv: duckb; did you mean duckdb?"],
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
});
