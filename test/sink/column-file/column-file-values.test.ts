import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvFile, parquetFile } from "../../../src/duckdb.ts";
import {
  columnValue,
  expectedValue,
  HOSTILE_NAMES,
  HOSTILE_VALUES,
  type RawMembers,
  rawProfiles,
  rawValue,
} from "../../helpers/hostile-profiles.ts";
import { readParquet } from "../../helpers/read-parquet.ts";
import { exportFrom, servedProfiles } from "../../helpers/served-profiles.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

// Each name with many values, and each value under many names; then whatever else fast-check finds.
const grid: readonly RawMembers[] = HOSTILE_VALUES.map((_, shift) =>
  HOSTILE_NAMES.map((name, index) => [name, HOSTILE_VALUES[(index + shift) % HOSTILE_VALUES.length] ?? "null"]),
);
const pure: readonly RawMembers[] = HOSTILE_VALUES.map((json, index) => [[`only ${index}`, json]]);
const found = fc.sample(rawProfiles, { seed: 15, numRuns: 25 }).flat();
const profiles = [...grid, ...pure, ...found];

describe("parquetFile and csvFile", () => {
  test("hold every value of hostile profiles, for readers that are not DuckDB", async () => {
    const directory = temporaryDirectory();
    const [parquet, csv] = [join(directory, "profiles.parquet"), join(directory, "profiles.csv.gz")];
    const served = servedProfiles(profiles);
    const result = await exportFrom(served, await parquetFile({ path: parquet, maxColumns: 2_000 }));
    expect(result).toMatchObject({ table: null, totalRows: profiles.length, complete: true });
    await exportFrom(served, await csvFile({ path: csv, maxColumns: 2_000 }));
    const read = await readParquet(parquet);
    expect(read.columns.slice(0, 2)).toEqual(["distinct_id", "last_seen"]);
    expect(read.columns).not.toContain("properties");
    const properties = JSON.parse(read.metadata["engage-export.columns"] ?? "{}");
    expectValues({ ...read, properties });
    // A file of text tells no types: they are those of the Parquet file.
    const [header, ...rows] = readCsv(gunzipSync(readFileSync(csv)).toString());
    expect(header).toEqual(read.columns);
    expectValues({ ...read, rows, properties }, true);
  });
});

/** @param emptyIsNull whether the reader cannot tell NULL from the empty text */
function expectValues({ columns, types, rows, properties }: Found, emptyIsNull = false): void {
  const byId = new Map(rows.map((row) => [row[0], row]));
  expect(byId.size).toBe(profiles.length);
  const differences = profiles.flatMap((members, index) =>
    columns.flatMap((name, column) => {
      if (column < 2) return [];
      const type = types[column] ?? "";
      const json = rawValue(members, String(properties[name]));
      const read = byId.get(String(index))?.[column] ?? null;
      const text = emptyIsNull && read === "" && json === "null" ? null : read;
      // In the file JSON is text, so that the type of its column does not say that it is.
      const expected = type === "VARCHAR" ? textOrJson(json, text) : expectedValue(json, type);
      const value = columnValue(text, type, expected);
      return isDeepStrictEqual(value, expected) ? [] : [{ index, name, type, json, text }];
    }),
  );
  expect(differences).toEqual([]);
}

interface Found {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  readonly properties: Readonly<Record<string, unknown>>;
}

/** What a column of text must hold: where it is of JSON, that it is the same JSON. */
function textOrJson(json: string, found: string | null | undefined): unknown {
  const expected = expectedValue(json, "VARCHAR");
  if (typeof found !== "string") return expected;
  try {
    if (JSON.stringify(JSON.parse(found)) === JSON.stringify(JSON.parse(json))) return found;
  } catch {
    // No JSON: plain text.
  }
  return expected;
}

/** As Python's own module reads it. */
function readCsv(text: string): string[][] {
  const script = `import csv, io, json, sys
csv.field_size_limit(10 ** 9)
text = sys.stdin.buffer.read().decode("utf-8")
json.dump(list(csv.reader(io.StringIO(text, newline=""), strict=True)), sys.stdout)`;
  const { stdout, stderr } = spawnSync("python3", ["-c", script], {
    input: text,
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}
