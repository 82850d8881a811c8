import { describe, expect, it } from "vitest";
import { ExportTally } from "../../src/export/export-tally.ts";
import type { PageResult } from "../../src/page/page-result.ts";
import { type ProfileRow, profileRow } from "../../src/page/profile-row.ts";
import { failedPage, loadedPage, sessionOf } from "../helpers/page-results.ts";

const session = sessionOf(7, { pageSize: 2 });

function page(index: number, ...ids: (string | null)[]): PageResult<ProfileRow> {
  const rows = ids.map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: {} }));
  return loadedPage(session, index, rows);
}

function tallyOf(
  pages: readonly PageResult<ProfileRow>[],
  tally = new ExportTally({ table: null, keyed: false }),
): ExportTally {
  for (const each of pages) tally.add(each);
  return tally;
}

describe("pages that are counted", () => {
  it("move the checkpoint on, behind the last that was seen", () => {
    const tally = new ExportTally({ table: null, keyed: false });
    expect(tally.checkpoint).toBeUndefined();
    tally.add(page(0, "a", "b"));
    expect(tally.checkpoint).toEqual({ session, nextPage: 1, failedPages: [] });
    tally.add(failedPage(session, 1));
    tally.add(failedPage(session, 2));
    expect(tally.checkpoint).toEqual({ session, nextPage: 3, failedPages: [1, 2] });
    tally.add(page(1, "c", "d"));
    expect(tally.checkpoint).toEqual({ session, nextPage: 3, failedPages: [2] });
  });

  it("are told apart: with rows, with rows without an id, failed", () => {
    const { counts, failedPages } = tallyOf([page(0, "a", null), failedPage(session, 1), page(2, "c", "c"), page(3)]);
    expect([counts.successfulPages, counts.totalRows, counts.profilesWithoutId, failedPages]).toEqual([3, 3, 1, [1]]);
  });

  it("are counted as the sink says where it says so", () => {
    const tally = new ExportTally({ table: "profiles", keyed: true });
    tally.add(page(0, "a", "a"), { rows: 1, duplicates: 1, withoutId: 0 });
    tally.add(page(1, "b", "a"), { rows: 0, duplicates: 2, withoutId: 0 });
    expect([tally.counts.totalRows, tally.counts.duplicateProfiles]).toEqual([1, 3]);
    expect(tallyOf([page(0, "a", "a")]).result().duplicateProfiles).toBeNull();
  });

  it("that fail are listed in the order of their numbers, each once", () => {
    const tally = tallyOf([2, 10, 1, 2].map((index) => failedPage(session, index)));
    expect(tally.failedPages).toEqual([1, 2, 10]);
  });
});

describe("an export that goes on", () => {
  it.each([
    [7, 2, [], undefined, 2, 4],
    [7, 4, [], undefined, 4, 7],
    [7, 3, [0, 2], undefined, 1, 2],
    [7, 4, [3], undefined, 3, 6],
    [7, 4, [0, 1, 2, 3], undefined, 0, 0],
    [7, 2, [], 3, 2, 3],
    [7, 2, [1], 3, 1, 2],
    [undefined, 3, [], undefined, 3, 6],
    [7, 0, [], undefined, 0, 0],
  ])(
    "takes its pages to be full: %s profiles, page %i next, %j failed, limit %s",
    (total, nextPage, failedPages, limit, pages, rows) => {
      const checkpoint = {
        session: sessionOf(total, { pageSize: 2, ...(limit === undefined ? {} : { limit }) }),
        nextPage,
        failedPages,
      };
      const tally = new ExportTally({ table: null, keyed: false }, { checkpoint });
      expect([tally.counts.successfulPages, tally.counts.totalRows, tally.failedPages]).toEqual([
        pages,
        rows,
        failedPages,
      ]);
      expect(tally.checkpoint).toEqual(checkpoint);
    },
  );

  it("takes its own counts where it has them", () => {
    const counts = { successfulPages: 1, totalRows: 1, duplicateProfiles: 0, profilesWithoutId: 1 };
    const tally = new ExportTally(
      { table: "profiles", keyed: true },
      { checkpoint: { session, nextPage: 2, failedPages: [1] }, counts },
    );
    tally.add(page(1, "c", "d"), { rows: 1, duplicates: 1, withoutId: 0 });
    expect(tally.result()).toMatchObject({
      totalRows: 2,
      successfulPages: 2,
      failedPages: 0,
      duplicateProfiles: 1,
      profilesWithoutId: 1,
      missing: 3,
    });
  });

  it("keeps the pages that fail again", () => {
    const tally = new ExportTally(
      { table: null, keyed: false },
      { checkpoint: { session, nextPage: 3, failedPages: [1] } },
    );
    tally.add(failedPage(session, 1));
    expect(tally.checkpoint).toEqual({ session, nextPage: 3, failedPages: [1] });
    expect(tally.counts.successfulPages).toBe(2);
  });
});

it("knows another session by its id, once there is one", () => {
  const other = loadedPage(sessionOf(7, { pageSize: 2, sessionId: "session-2" }), 0, []);
  const tally = new ExportTally({ table: null, keyed: false });
  expect(tally.isOtherSession(other)).toBe(false);
  tally.add(page(0));
  expect([tally.isOtherSession(other), tally.isOtherSession(page(1))]).toEqual([true, false]);
  const copy = loadedPage(JSON.parse(JSON.stringify(session)), 1, []);
  expect(tally.isOtherSession(copy)).toBe(false);
});

it("counts from nothing again after a restart, and keeps when it began", () => {
  const tally = tallyOf([page(0, "a"), failedPage(session, 1)], new ExportTally({ table: "profiles", keyed: true }));
  const again = tally.restarted();
  expect(again.result().fetchedAt).toBe(tally.result().fetchedAt);
  expect(again.checkpoint).toBeUndefined();
  expect(again.result()).toMatchObject({ table: "profiles", totalRows: 0, failedPages: 0, reportedTotal: null });
});

describe("incomplete", () => {
  it.each([
    [20, /^20 pages could not be read \(page 0, 1, .*, 18, 19\), the first because: no page 0$/],
    [21, /^21 pages could not be read \(page 0, 1, .*, 18, 19 and 1 more\)/],
    [5000, /^5000 pages could not be read \(page 0, 1, .*, 18, 19 and 4980 more\)/],
  ])("names 20 pages at most: of %i", (failed, message) => {
    const tally = tallyOf(Array.from({ length: failed }, (_, index) => failedPage(session, index)));
    expect(tally.incomplete()?.message).toMatch(message);
  });

  it("names the pages, the first reason and the result", () => {
    const error = tallyOf([
      page(0, "a", "b"),
      failedPage(session, 1, "first"),
      failedPage(session, 3, "second"),
    ]).incomplete();
    expect(error).toMatchObject({
      code: "incomplete",
      message: "2 pages could not be read (page 1, 3), the first because: first",
      cause: { message: "first" },
      result: { totalRows: 2, failedPageIndices: [1, 3], complete: false },
    });
  });

  it("has no reason for a page that failed in an earlier run", () => {
    const tally = new ExportTally(
      { table: null, keyed: false },
      { checkpoint: { session, nextPage: 3, failedPages: [1] } },
    );
    expect(tally.incomplete()).toMatchObject({ message: "1 page could not be read (page 1)", cause: undefined });
  });
});
