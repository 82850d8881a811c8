import { describe, expect, it } from "vitest";
import { ExportTally, type RowCounts } from "../../src/export/export-tally.ts";
import type { ExportSession } from "../../src/page/page-result.ts";
import type { ProfileRow } from "../../src/page/profile-row.ts";
import { elapse, fakeTime, NOW } from "../helpers/fake-time.ts";
import { failedPage, loadedPage, sessionOf } from "../helpers/page-results.ts";

fakeTime();

/** The result of an export whose pages came to these counts; null for a page that failed. */
function resultOf(session: ExportSession, pages: readonly (RowCounts | null)[], table: string | null = "profiles") {
  const tally = new ExportTally({ table, keyed: table !== null });
  pages.forEach((counts, index) => {
    if (counts === null) tally.add(failedPage(session, index));
    else tally.add(pageOf(session, index, counts), counts);
  });
  return tally.result();
}

/** A page that held as many profiles as these counts tell of. */
function pageOf(session: ExportSession, index: number, { rows, duplicates, withoutId }: RowCounts) {
  return { ...loadedPage<ProfileRow>(session, index, []), profileCount: rows + duplicates + withoutId };
}

const counts = (rows: number, duplicates = 0, withoutId = 0): RowCounts => ({ rows, duplicates, withoutId });

describe("the arithmetic", () => {
  it.each<[string, number | undefined, number | undefined, (RowCounts | null)[], number, boolean]>([
    ["everything came", 4, undefined, [counts(2), counts(2)], 0, true],
    ["nothing was there", 0, undefined, [counts(0)], 0, true],
    ["a page failed", 4, undefined, [counts(2), null], 2, false],
    ["a page was short", 4, undefined, [counts(2), counts(1)], 1, false],
    [
      "duplicates and profiles without an id count as having come",
      6,
      undefined,
      [counts(1, 1), counts(1, 0, 1), counts(2)],
      0,
      true,
    ],
    ["more came than were reported", 3, undefined, [counts(2), counts(2)], -1, true],
    ["a limit is what is due", 9, 3, [counts(2), counts(1)], 0, true],
    ["a limit above the total is the total", 4, 9, [counts(2), counts(1)], 1, false],
    ["a page within a limit failed", 9, 3, [counts(2), null], 1, false],
    ["nobody knows the total", undefined, undefined, [counts(2), counts(1)], 0, true],
    ["a page failed of an unknown total", undefined, undefined, [counts(2), null], 0, false],
    ["more came, but a page failed", 2, undefined, [counts(5), null], -3, false],
  ])("holds where %s", (_, total, limit, pages, missing, complete) => {
    const session = sessionOf(total, { pageSize: 2, ...(limit === undefined ? {} : { limit }) });
    const result = resultOf(session, pages);
    expect([result.missing, result.complete, result.reportedTotal]).toEqual([missing, complete, total ?? null]);
    expect(result.hasFailures).toBe(pages.includes(null));
    if (total === undefined) return;
    const { totalRows, duplicateProfiles, profilesWithoutId } = result;
    expect(totalRows + (duplicateProfiles ?? 0) + profilesWithoutId + result.missing).toBe(
      Math.min(limit ?? total, total),
    );
  });
});

it("counts profiles without an id as written where lines hold them, not where a table does not", () => {
  const pages = [counts(2, 0, 3)];
  expect(resultOf(sessionOf(5, { pageSize: 2 }), pages, null).written).toBe(5);
  expect(resultOf(sessionOf(5, { pageSize: 2 }), pages, "profiles").written).toBe(2);
});

describe("the form that is printed", () => {
  it("has every field in snake_case, in the documented order", async () => {
    const tally = new ExportTally({ table: "profiles", keyed: true });
    tally.add(pageOf(sessionOf(7, { pageSize: 2 }), 0, counts(2, 1, 1)), counts(2, 1, 1));
    tally.add(failedPage(sessionOf(7, { pageSize: 2 }), 1));
    await elapse(1500);
    expect(Object.entries(JSON.parse(JSON.stringify(tally.result())))).toEqual([
      ["table", "profiles"],
      ["total_rows", 2],
      ["successful_pages", 1],
      ["failed_pages", 1],
      ["failed_page_indices", [1]],
      ["duration_seconds", 1.5],
      ["fetched_at", new Date(NOW).toISOString()],
      ["has_failures", true],
      ["reported_total", 7],
      ["duplicate_profiles", 1],
      ["profiles_without_id", 1],
      ["invalid_profiles", 0],
      ["missing", 3],
      ["complete", false],
    ]);
  });

  it("has null where there is no table, no total and no count of duplicates", () => {
    const session = sessionOf(undefined, { pageSize: 2 });
    const tally = new ExportTally({ table: null, keyed: false });
    tally.add(loadedPage(session, 0, []));
    expect(tally.result().toJSON()).toMatchObject({ table: null, reported_total: null, duplicate_profiles: null });
  });

  it("does not change when more pages are counted", () => {
    const tally = new ExportTally({ table: "profiles", keyed: true });
    tally.add(failedPage(sessionOf(7, { pageSize: 2 }), 0));
    const result = tally.result();
    tally.add(loadedPage(sessionOf(7, { pageSize: 2 }), 0, []), counts(2));
    expect([result.failedPageIndices, result.totalRows, result.failedPages]).toEqual([[0], 0, 1]);
  });
});
