import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { exportOptions } from "../../../src/cli/arguments/export-options.ts";
import { parseArguments } from "../../../src/cli/arguments/parse-arguments.ts";
import { outputPlan } from "../../../src/cli/output/output-plan.ts";
import { errorOf } from "../../helpers/error-of.ts";

const plan = (...args: string[]) => outputPlan(parseArguments(args, exportOptions));

describe("outputPlan", () => {
  test("without --out the profiles go to standard output", () => {
    expect(plan()).toMatchObject({ format: { name: "ndjson" }, path: undefined, onFailedPage: "skip" });
    expect(plan("--out", "-", "--on-failed-page", "stop")).toMatchObject({ path: undefined, onFailedPage: "stop" });
  });

  test.each(["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])("%s is standard output", (out) => {
    expect(plan("--out", out).path).toBeUndefined();
  });

  test.each([
    ["a.ndjson", "ndjson", false],
    ["a.jsonl", "ndjson", false],
    ["A.NDJSON", "ndjson", false],
    ["a.ndjson.gz", "ndjson", true],
    ["a.jsonl.gz", "ndjson", true],
    ["a.duckdb", "duckdb", false],
    ["some.dir/a.b.db", "duckdb", false],
  ])("the ending of %s says the format", (out, name, gzip) => {
    expect(plan("--out", out)).toMatchObject({ format: { name }, path: out, gzip });
  });

  test("--format says it where the ending does not", () => {
    expect(plan("--out", "a.txt", "--format", "ndjson")).toMatchObject({ format: { name: "ndjson" }, gzip: false });
    expect(plan("--out", "a.gz", "-f", "ndjson")).toMatchObject({ format: { name: "ndjson" }, gzip: true });
    expect(plan("--out", "a", "-f", "duckdb")).toMatchObject({ format: { name: "duckdb" }, path: "a" });
  });

  test("a directory or an object store takes part files, compressed unless a flag says otherwise", () => {
    const parts = { format: "ndjson", profilesPerFile: undefined };
    expect(plan("--out", "parts/")).toMatchObject({ path: "parts/", gzip: true, parts });
    expect(plan("--out", import.meta.dirname, "--no-gzip")).toMatchObject({ gzip: false, parts });
    expect(outputPlan({ out: "s3://team/a/", "profiles-per-file": "500" }, "/data")).toMatchObject({
      path: "s3://team/a/",
      gzip: true,
      parts: { format: "ndjson", profilesPerFile: 500 },
    });
    expect(plan("--out", "a.ndjson").parts).toBeUndefined();
  });

  test.each(["postgres://db/people", "postgresql://db/"])("%s says Postgres, and is no path", (out) => {
    expect(outputPlan({ out, append: true, table: "people" }, "/data")).toMatchObject({
      format: { name: "postgres" },
      path: out,
      mode: "append",
    });
  });

  test("a relative path starts at the working directory that is given", () => {
    expect(outputPlan({ out: "a.ndjson" }, "/data")).toMatchObject({ path: resolve("/data/a.ndjson") });
  });

  test("what is there already is refused unless a flag says what to do with it", () => {
    expect(plan("--out", "a.db")).toMatchObject({ mode: "create", resume: false });
    expect(plan("--out", "a.db", "--append", "--resume")).toMatchObject({ mode: "append", resume: true });
    expect(plan("--out", "a.db", "--replace", "--table", "people", "--batch-size", "500")).toMatchObject({
      mode: "replace",
      table: "people",
      batchSize: 500,
    });
  });

  test.each([
    [["--out", "a.db", "--append", "--replace"], "--append and --replace exclude each other"],
    [["--resume"], "--resume needs --out FILE"],
    [["--replace"], "--replace needs --out FILE"],
    [["--append", "--out", "-"], "--append needs --out FILE"],
    [["--format", "duckdb"], "--format duckdb needs --out FILE"],
    [["--table", "people"], "--table is for DuckDB or Postgres: people"],
    [["--out", "a.ndjson", "--table", "people"], "--table is for DuckDB or Postgres: people"],
    [["--out", "a.ndjson", "--batch-size", "500"], "--batch-size is for DuckDB or Postgres: 500"],
    [["--out", "a.txt"], "the ending of --out says no format"],
    [["--out", "a.db", "--format", "ndjson"], "--format ndjson contradicts the ending of --out: a.db"],
    [["--out", "a.db", "--format", "xlsx"], "--format must be one of ndjson, duckdb, parquet, csv: xlsx"],
    [["--out", "postgres://db", "--format", "duckdb"], "--format is for files, and --out is a database: duckdb"],
    [["--out", "a.db.gz"], "a DuckDB file cannot be compressed"],
    [["--out", "a.ndjson.gz", "--append"], "--append cannot add to a compressed file"],
    [["--out", "parts/", "--append"], "--append is for NDJSON, DuckDB or Postgres, not for part files"],
    [["--out", "parts/", "--table", "people"], "--table is for DuckDB or Postgres, not for part files: people"],
    [["--out", "parts/", "-f", "duckdb"], "--format duckdb is for one file, and part files belong there: parts/"],
    [["--out", "a.ndjson", "--profiles-per-file", "5"], "--profiles-per-file is for part files: 5"],
    [["--out", "a.ndjson", "--no-gzip"], "--gzip is for part files of NDJSON or CSV"],
    [["--out", "a.parquet", "--append"], "--append is for NDJSON, DuckDB or Postgres"],
    [["--out", "a.parquet.gz"], "a Parquet file cannot be compressed"],
    [["--out", "a.csv", "--max-columns", "few"], "--max-columns must be a whole number: few"],
    [["--out", "a.parquet", "--columns"], "--columns is for DuckDB"],
    [["--out", "postgres://db/x", "--columns"], "--columns is for DuckDB"],
    [["--out", "a.duckdb", "--max-columns", "3"], "--max-columns needs --columns for DuckDB: 3"],
    [["--out", "a.duckdb", "--column-names", "plain"], "--column-names needs --columns for DuckDB: plain"],
    [["--out", "a.duckdb", "--columns", "--max-columns", "few"], "--max-columns must be a whole number: few"],
    [["--out", "a.ndjson", "--max-columns", "3"], "--max-columns is for DuckDB, Parquet or CSV: 3"],
    [["--format", "csv"], "--format csv needs --out FILE"],
    [["--profiles-per-file", "5"], "--profiles-per-file is for part files: 5"],
    [["--out", "parts/", "--profiles-per-file", "few"], "--profiles-per-file must be a whole number: few"],
    [["--on-failed-page", "retry"], "--on-failed-page must be one of skip, stop: retry"],
    [["--batch-size", "many", "--out", "a.db"], "--batch-size must be a whole number: many"],
  ])("contradictions are refused: %j", (args, message) => {
    const error = errorOf(() => plan(...args));
    expect(error.code).toBe("usage");
    expect(error.message).toContain(message);
  });
});
