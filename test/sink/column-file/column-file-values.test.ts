import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { csvFile, parquetFile } from "../../../src/duckdb.ts";
import { columnDifferences } from "../../helpers/column-values.ts";
import { HOSTILE_NAMES, HOSTILE_VALUES, type RawMembers, rawProfiles } from "../../helpers/hostile-profiles.ts";
import { hasPython, readCsv } from "../../helpers/read-csv.ts";
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
    expect(new Set(read.rows.map(([id]) => id)).size).toBe(profiles.length);
    expect(columnDifferences(profiles, { ...read, properties })).toEqual([]);
    if (!hasPython) return;
    // A file of text tells no types: they are those of the Parquet file.
    const [header, ...rows] = readCsv(gunzipSync(readFileSync(csv)).toString());
    expect(header).toEqual(read.columns);
    expect(rows).toHaveLength(profiles.length);
    expect(columnDifferences(profiles, { ...read, rows, properties }, true)).toEqual([]);
  });
});
