import { describe, expect, it } from "vitest";
import { exportFrom, run } from "../../helpers/cli-run.ts";
import { queryFile } from "../../helpers/database.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";
import { HOUR, timedProject } from "../../helpers/updated-table.ts";

const OUT = ["--out", "p.duckdb"];

describe("--update", () => {
  it("fetches what has changed, prints the counts, and says what it cannot see", async () => {
    const cwd = temporaryDirectory();
    const { simulator, pass } = timedProject(12);
    const first = await exportFrom(simulator, [...OUT, "--update"], { cwd });
    expect(first.code).toBe(0);
    expect(first.stderr).toContain("All profiles are fetched, since the table holds no complete export of this query");
    expect(first.stderr).toContain("12 new, 0 changed, 0 unchanged");
    expect(first.stderr).not.toContain("An update does not see");
    expect(first.stderr).not.toContain("warning");
    pass(HOUR);
    simulator.change({ changed: 2, deleted: 1, added: 1 });
    const second = await exportFrom(simulator, [...OUT, "--update"], { cwd });
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({
      since: "2026-11-27T12:00:00.000Z",
      total_rows: 3,
      new_profiles: 1,
      changed_profiles: 2,
      unchanged_profiles: 0,
      last_full_export: "2026-11-29T12:00:00.000Z",
      complete: true,
    });
    expect(second.stderr).toContain("1 new, 2 changed, 0 unchanged, of those updated since 2026-11-27 12:00 UTC\n");
    expect(second.stderr).toContain(
      "An update does not see profiles that were deleted or merged, edits in Mixpanel's own pages, or changes sent with $ignore_time; --replace fetches all profiles\n",
    );
    expect(simulator.requestCount).toBe(4);
  });

  it("goes back by --overlap, in hours", async () => {
    const cwd = temporaryDirectory();
    const { simulator } = timedProject(4);
    await exportFrom(simulator, OUT, { cwd });
    const { stdout } = await exportFrom(simulator, [...OUT, "--update", "--overlap", "1.5"], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ since: "2026-11-29T10:30:00.000Z" });
  });

  it("warns in its own words when all profiles were fetched long ago", async () => {
    const cwd = temporaryDirectory();
    const { simulator, pass } = timedProject(4);
    await exportFrom(simulator, OUT, { cwd });
    pass(40 * 24 * HOUR);
    const { stderr } = await exportFrom(simulator, [...OUT, "--update"], { cwd });
    expect(stderr).toContain(
      "warning: All profiles were last fetched 40 days ago, and an update does not see deleted or merged profiles; export with --replace\n",
    );
  });

  it("adds to a file of invalid profiles, and is complete with them", async () => {
    const cwd = temporaryDirectory();
    const { simulator } = timedProject(4, { faults: [{ page: 0, fault: { kind: "invalid-profile" } }] });
    const args = [...OUT, "--update", "--rejects", "rejects.ndjson"];
    for (const since of [null, "2026-11-27T12:00:00.000Z"]) {
      simulator.change({ changed: 1 });
      const { code, stdout } = await exportFrom(simulator, args, { cwd });
      expect(JSON.parse(stdout)).toMatchObject({ since, complete: true });
      expect(code).toBe(0);
    }
  });

  it("goes on with an unfinished update under --resume, else begins one", async () => {
    const cwd = temporaryDirectory();
    let failing = false;
    const { simulator } = timedProject(12, {
      faults: [({ page }) => (failing && page === 1 ? { kind: "response", status: 400 } : undefined)],
    });
    await exportFrom(simulator, OUT, { cwd });
    simulator.change({ changed: 8 });
    failing = true;
    const args = [...OUT, "--update", "--resume", "--max-retries", "0"];
    const partly = await exportFrom(simulator, args, { cwd });
    expect(partly.stderr).not.toContain("All profiles");
    failing = false;
    const resumed = await exportFrom(simulator, args, { cwd });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ changed_profiles: 8, complete: true });
    const again = await exportFrom(simulator, args, { cwd });
    expect(JSON.parse(again.stdout)).toMatchObject({ changed_profiles: 0, unchanged_profiles: 8 });
  });

  it("asks what an update would fetch under --dry-run, and makes nothing", async () => {
    const cwd = temporaryDirectory();
    const { simulator } = timedProject(12);
    const args = [...OUT, "--update", "--dry-run"];
    const all = await exportFrom(simulator, args, { cwd });
    expect(JSON.parse(all.stdout)).toMatchObject({ reported_total: 12 });
    expect(all.stderr).toContain("All profiles are fetched");
    await exportFrom(simulator, OUT, { cwd });
    simulator.change({ changed: 5 });
    const { stdout } = await exportFrom(simulator, args, { cwd });
    expect(JSON.parse(stdout)).toEqual({ reported_total: 5, page_size: 4, total_pages: 2 });
    const exports = await queryFile(`${cwd}/p.duckdb`, "SELECT mode FROM _engage_exports");
    expect(exports).toEqual([{ mode: "create" }]);
  });

  it.each([
    [["--group-id", "1"], "--group-id"],
    [["--cohort", "1"], "--cohort"],
    [["--cohort", "Power users"], "--cohort"],
    [["--behaviors", "{}"], "--behaviors"],
    [["--limit", "5"], "--limit"],
    [["--as-of-timestamp", "5"], "--as-of-timestamp"],
    [["--distinct-id", "5"], "--distinct-id"],
    [["--distinct-id", "5", "--distinct-id", "6"], "--distinct-id"],
  ])("is refused with %j before anything is requested or made", async (options, flag) => {
    const cwd = temporaryDirectory();
    const { simulator } = timedProject(1);
    const { code, stderr } = await exportFrom(simulator, [...OUT, "--update", ...options], { cwd });
    expect(stderr).toBe(
      `error: Cannot update the table, ${flag} must not be given for an update (see engage-export --help)\n`,
    );
    expect(code).toBe(2);
    expect(simulator.requestCount).toBe(0);
    await expect(queryFile(`${cwd}/p.duckdb`, "FROM profiles")).rejects.toThrow();
  });

  it.each([
    [["--out", "p.duckdb", "--update", "--append"], "--append and --update exclude each other"],
    [["--out", "p.duckdb", "--update", "--replace"], "--replace and --update exclude each other"],
    [["--out", "p.ndjson", "--update"], "--update is for DuckDB or Postgres"],
    [["--out", "p.parquet", "--update"], "--update is for DuckDB or Postgres"],
    [["--out", "parts/", "--update"], "--update is for DuckDB or Postgres, not for part files"],
    [["--update"], "--update is for DuckDB or Postgres"],
    [["--out", "p.duckdb", "--overlap", "5"], "--overlap is for --update: 5"],
    [["--out", "p.duckdb", "--update", "--overlap", "-1"], "--overlap must be a number of hours from 0 to 999,999: -1"],
  ])("is refused as in %j", async (args, problem) => {
    const { code, stderr } = await run(args);
    expect(stderr).toContain(problem);
    expect(code).toBe(2);
  });
});
