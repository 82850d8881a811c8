import { existsSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test, vi } from "vitest";
import { duckdbSink } from "../../../src/duckdb.ts";
import { type ExportProfilesOptions, exportProfiles } from "../../../src/export/export-profiles.ts";
import { engageSimulator } from "../../../src/simulator.ts";
import { exportPages, profilesIn, rowsOf, temporaryDatabase } from "../../helpers/database.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const simulator = engageSimulator({ profiles: 30, pageSize: 10 });
const account = {
  projectId: simulator.projectId,
  serviceAccount: simulator.serviceAccount,
  fetch: simulator,
};
const behaviors = '[{"window":"90d","name":"b","event_selectors":[{"event":"x"}]}]';

/** Resumes an export into the file and tells what came of it, and how many requests it took. */
async function resumed(path: string, query: Partial<ExportProfilesOptions> = {}, options = {}) {
  const before = simulator.requestCount;
  const sink = await duckdbSink({ path, mode: "resume", ...options });
  const result = await exportProfiles({ ...account, ...query, sink } as ExportProfilesOptions);
  return { sink, result, requests: simulator.requestCount - before };
}

describe("a finished export that is resumed", () => {
  test("tells its time and its result, requests nothing and changes nothing", async () => {
    const path = await temporaryDatabase();
    const first = await resumed(path);
    expect(first.sink.finished).toBeUndefined();
    const began = new Date();
    const { sink, result, requests } = await resumed(path);
    expect(requests).toBe(0);
    expect(sink.finished?.at.getTime()).toBeLessThanOrEqual(began.getTime());
    expect(sink.checkpoint).toBeUndefined();
    const { duration_seconds, fetched_at, ...counts } = first.result.toJSON();
    expect(result.toJSON()).toMatchObject(counts);
    expect(Math.abs(result.fetchedAt.getTime() - first.result.fetchedAt.getTime())).toBeLessThan(2_000);
    expect(result.durationSeconds).toBeLessThan(60);
    expect({ ...sink.soFar(), durationSeconds: result.durationSeconds }).toEqual(result);
    expect(await rowsOf(path, "SELECT count(*) FROM _engage_exports")).toEqual([[1n]]);
    expect(existsSync(`${path}.wal`)).toBe(false);
  });

  test("is the same query with a time that was not asked for, and another one with a time that was", async () => {
    const path = await temporaryDatabase();
    await resumed(path, { behaviors });
    vi.setSystemTime(Date.now() + 3_600_000);
    expect(await resumed(path, { behaviors })).toMatchObject({ requests: 0, result: { totalRows: 30 } });
    const error = await errorOf(() => resumed(path, { behaviors, asOfTimestamp: 1_700_000_000 }));
    expect(error.code).toBe("checkpoint-mismatch");
    vi.useRealTimers();
  });

  test("is in the way of another query, and nothing is requested", async () => {
    const path = await temporaryDatabase();
    await resumed(path);
    const before = simulator.requestCount;
    const sink = await duckdbSink({ path, mode: "resume" });
    const where = 'properties["plan"] == "pro"';
    const error = await errorOf(() => exportProfiles({ ...account, where, sink }));
    expect(error).toMatchObject({ code: "checkpoint-mismatch" });
    expect(simulator.requestCount).toBe(before);
    expect(await profilesIn(path)).toHaveLength(30);
    await (await DuckDBInstance.fromCache(path, { access_mode: "READ_ONLY" })).closeSync();
  });

  test("is in the way of pages that come all the same", async () => {
    const path = await temporaryDatabase();
    await resumed(path);
    const { error } = await exportPages({ path, mode: "resume" }, [pageOf(sessionOf(1), 0, ["a"])]);
    expect(error).toMatchObject({ code: "usage", message: expect.stringContaining("is finished") });
    expect(await profilesIn(path)).toHaveLength(30);
  });

  test.each(["append", "replace"] as const)("is not in the way if a new one would %s", async (fresh) => {
    const path = await temporaryDatabase();
    await resumed(path);
    const { sink, result, requests } = await resumed(path, { limit: 20 }, { fresh });
    expect([sink.finished, result.totalRows, requests]).toEqual([undefined, 20, 2]);
    expect(await profilesIn(path)).toHaveLength(fresh === "append" ? 30 : 20);
  });

  test("leaves room for a new one if its table was dropped", async () => {
    const path = await temporaryDatabase();
    await resumed(path);
    await rowsOf(path, "DROP TABLE profiles");
    expect(await resumed(path)).toMatchObject({ requests: 3, result: { totalRows: 30, complete: true } });
  });

  test("is finished though profiles were missing, which no resumed run can bring", async () => {
    const path = await temporaryDatabase();
    await exportPages({ path }, [pageOf(sessionOf(9), 0, ["a", "b", "c"])]);
    const sink = await duckdbSink({ path, mode: "resume" });
    expect(sink.finished?.result).toMatchObject({ totalRows: 3, missing: 6, complete: false, hasFailures: false });
    await sink.close();
    expect(await sink.result).toMatchObject({ totalRows: 3, missing: 6 });
  });

  test("is finished and complete though a transform left rows of its last page out", async () => {
    const path = await temporaryDatabase();
    await exportPages({ path }, [{ ...pageOf(sessionOf(3), 0, ["a"]), profileCount: 3 }]);
    const sink = await duckdbSink({ path, mode: "resume" });
    expect(sink.finished?.result).toMatchObject({ totalRows: 1, leftOut: 2, missing: 0, complete: true });
  });

  test("is not finished as long as pages are missing", async () => {
    const path = await temporaryDatabase();
    const session = sessionOf(6);
    await exportPages({ path }, [pageOf(session, 0, ["a", "b", "c"]), failedPage(session, 1)]);
    const { sink } = await exportPages({ path, mode: "resume" }, [pageOf(session, 1, ["d", "e", "f"])]);
    expect([sink.finished, sink.checkpoint?.failedPages]).toEqual([undefined, [1]]);
    const done = await duckdbSink({ path, mode: "resume" });
    await done.close();
    expect(await done.result).toMatchObject({ totalRows: 6, complete: true });
  });
});

test("an export that version 0.1.0 began is finished, with the columns that its record lacked", async () => {
  const path = await temporaryDatabase();
  const session = sessionOf(6);
  await exportPages({ path }, [pageOf(session, 0, ["a", "b", "c"])], new Error("killed"));
  for (const column of ["invalid_profiles", "invalid_taken", "profiles"]) {
    await rowsOf(path, `ALTER TABLE _engage_exports DROP COLUMN ${column}`);
  }
  const { sink, result } = await exportPages({ path, mode: "resume" }, [pageOf(session, 1, ["c", "d", null])]);
  expect(sink.checkpoint).toMatchObject({ nextPage: 1 });
  expect(result).toMatchObject({
    totalRows: 4,
    duplicateProfiles: 1,
    profilesWithoutId: 1,
    missing: 0,
    complete: true,
  });
  const counts = "SELECT invalid_profiles, invalid_taken, profiles, finished IS NOT NULL FROM _engage_exports";
  expect(await rowsOf(path, counts)).toEqual([[0n, 0n, 6n, true]]);
});

test("an export that version 0.1.0 published without a page, as a copy, is completed by that page", async () => {
  const path = await temporaryDatabase();
  const session = sessionOf(6);
  await exportPages({ path }, [pageOf(session, 0, ["a", "b", "c"])], new Error("killed"));
  await rowsOf(path, "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON)");
  await rowsOf(path, "INSERT INTO profiles FROM profiles__loading");
  await rowsOf(
    path,
    "CREATE TABLE profiles__before AS SELECT distinct_id, false AS existed, last_seen, properties::VARCHAR AS properties FROM profiles",
  );
  await rowsOf(path, "UPDATE _engage_exports SET next_page = 2, failed_pages = '[1]'");
  const { result } = await exportPages({ path, mode: "resume" }, [pageOf(session, 1, ["c", "d", "e"])]);
  expect(result).toMatchObject({ totalRows: 5, duplicateProfiles: 1, complete: true });
  expect((await profilesIn(path)).map(([id]) => id).join("")).toBe("abcde");
  expect(await rowsOf(path, "SELECT table_name FROM duckdb_tables() ORDER BY 1")).toEqual([
    ["_engage_exports"],
    ["profiles"],
  ]);
});
