import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { engageSimulator, type FaultRule } from "../../../src/simulator.ts";
import { exportFrom } from "../../helpers/cli-run.ts";
import { readParquet } from "../../helpers/read-parquet.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const simulated = (faults: readonly FaultRule[] = []) => engageSimulator({ profiles: 250, pageSize: 50, faults });

describe("openColumnFile", () => {
  test("--out FILE.parquet writes a column for each property, and --resume of a finished export requests nothing", async () => {
    const cwd = temporaryDirectory();
    const simulator = simulated();
    const first = await exportFrom(simulator, ["--out", "people.parquet"], { cwd });
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining("250 profiles in 5 pages") });
    const { columns, rows } = await readParquet(join(cwd, "people.parquet"));
    expect(columns).toEqual(expect.arrayContaining(["distinct_id", "last_seen", "$email", "plan", "mrr"]));
    expect(new Set(rows.map(([id]) => id)).size).toBe(250);
    const { requestCount } = simulator;
    const resumed = await exportFrom(simulator, ["--out", "people.parquet", "--resume"], { cwd });
    const { fetched_at } = JSON.parse(first.stdout);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ total_rows: 250, fetched_at, already_finished: true });
    expect(JSON.parse(resumed.stdout).duration_seconds).toBeGreaterThan(0);
    expect([resumed.code, simulator.requestCount]).toEqual([0, requestCount]);
    expect((await exportFrom(simulator, ["--out", "people.parquet"], { cwd })).code).toBe(2);
    expect((await exportFrom(simulated(), ["--out", "people.parquet", "--replace"], { cwd })).code).toBe(0);
  });

  test("--max-columns and --column-names shape a compressed CSV file", async () => {
    const cwd = temporaryDirectory();
    const args = ["--out", "people.csv.gz", "--max-columns", "2", "--column-names", "plain"];
    expect((await exportFrom(simulated(), args, { cwd })).code).toBe(0);
    const [header = ""] = gunzipSync(readFileSync(join(cwd, "people.csv.gz")))
      .toString()
      .split("\r\n");
    expect(header).toMatch(/^distinct_id,last_seen,[a-z0-9_]+,[a-z0-9_]+,properties$/);
  });

  test("--output-properties pins the columns in the order given, also those that no profile has", async () => {
    const cwd = temporaryDirectory();
    const args = ["--out", "people.csv", "--output-properties", '["plan","nothing"]', "--output-properties", "$email"];
    expect((await exportFrom(simulated(), args, { cwd })).code).toBe(0);
    const [header] = readFileSync(join(cwd, "people.csv"), "utf8").split("\r\n");
    expect(header).toBe("distinct_id,last_seen,plan,nothing,$email");
  });

  test("a page that fails ends with 1, and the command that is shown adds it to the file", async () => {
    const cwd = temporaryDirectory();
    const simulator = simulated([{ page: 2, times: 1, fault: { kind: "response", status: 503 } }]);
    const args = ["--out", "people.parquet", "--max-retries", "0"];
    const failed = await exportFrom(simulator, args, { cwd });
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("engage-export --resume") });
    expect((await readParquet(join(cwd, "people.parquet"))).rows).toHaveLength(200);
    expect((await exportFrom(simulator, [...args, "--resume"], { cwd })).code).toBe(0);
    expect((await readParquet(join(cwd, "people.parquet"))).rows).toHaveLength(250);
    expect(existsSync(join(cwd, "people.parquet.part"))).toBe(false);
  });

  test("other columns than those of the export that is resumed are refused", async () => {
    const cwd = temporaryDirectory();
    const simulator = simulated();
    await exportFrom(simulator, ["--out", "people.parquet"], { cwd });
    const other = await exportFrom(simulator, ["--out", "people.parquet", "--resume", "--max-columns", "2"], { cwd });
    expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("made with another --max-columns;") });
    const pinned = ["--out", "people.parquet", "--resume", "--output-properties", "plan"];
    expect(await exportFrom(simulator, pinned, { cwd })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("made with another --output-properties;"),
    });
  });

  test.each([["p.parquet"], ["parts/", "--format", "parquet"]])(
    "errors about the columns of %s name --output-properties",
    async (...out) => {
      const cwd = temporaryDirectory();
      const args = ["--out", ...out, "--output-properties"];
      const none = await exportFrom(simulated(), [...args, "[]"], { cwd });
      expect(none).toMatchObject({ code: 2, stderr: expect.stringContaining("--output-properties must be a list") });
      await exportFrom(simulated(), [...args, "plan"], { cwd });
      const other = await exportFrom(simulated(), [...args, "mrr", "--resume"], { cwd });
      expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining("with another --output-properties") });
    },
  );
});
