import { describe, expect, test } from "vitest";
import type { Checkpoint, ExportMode } from "../../../src/duckdb.ts";
import { exportPages, profilesIn, rowsOf, tablesIn, temporaryDatabase, withDatabase } from "../../helpers/database.ts";
import { statesOf, withTornLogs } from "../../helpers/database-states.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(300, { pageSize: 100 });
const pages = [0, 1, 2].map((index) => {
  const ids = Array.from({ length: 100 }, (_, row) => (row === 7 ? "again" : `${index}-${row}`));
  return pageOf(session, index, row5WithoutId(ids));
});

function row5WithoutId(ids: readonly string[]) {
  return ids.map((id, row) => (row === 5 ? null : id));
}

async function databaseFor(mode: ExportMode): Promise<string> {
  const path = await temporaryDatabase();
  if (mode === "create") return path;
  await rowsOf(path, "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON)");
  await rowsOf(path, `INSERT INTO profiles VALUES ('again', NULL, '{"old":1}'), ('old', NULL, '{}')`);
  return path;
}

/** What a source sends that is told where to go on. */
function pagesFrom({ nextPage, failedPages }: Pick<Checkpoint, "nextPage" | "failedPages">) {
  return pages.filter(({ pageIndex }) => pageIndex >= nextPage || failedPages.includes(pageIndex));
}

// Each state of the files is copied, opened and resumed.
const PATIENT = { timeout: 120_000 };

describe("duckdbSink", () => {
  test.each<[ExportMode, number | undefined]>([
    ["create", undefined],
    ["create", 1],
    ["append", 1],
  ])(
    "whenever a %s is cut off, a resumed run ends as an undisturbed one (failed page: %s)",
    PATIENT,
    async (mode, failed) => {
      const path = await databaseFor(mode);
      const sent = pages.map((page) => (page.pageIndex === failed ? failedPage(session, failed) : page));
      const states = await statesOf(path, async () => {
        await exportPages({ path, mode, batchSize: 100 }, sent);
        if (failed !== undefined) await exportPages({ path, mode: "resume" }, pages.slice(failed, failed + 1));
      });
      const rows = ["again", ...pages.flatMap((page) => page.rows.map(({ distinctId }) => distinctId)), "old"];
      const expected = new Set(rows.filter((id) => id !== null && (id !== "old" || mode === "append")));

      const resumedAt: (number | undefined)[] = [];
      for (const state of mode === "create" && failed === 1 ? withTornLogs(states) : states) {
        const fresh = mode === "create" ? "replace" : mode;
        const { error, result } = await exportPages({ path: state, mode: "resume", fresh }, ({ checkpoint }) => {
          resumedAt.push(checkpoint?.nextPage);
          return pagesFrom(checkpoint ?? { nextPage: 0, failedPages: [] });
        });
        expect(error).toBeUndefined();
        expect(result).toMatchObject({ totalRows: 295, duplicateProfiles: 2, profilesWithoutId: 3, complete: true });
        await withDatabase(state, async (connection) => {
          expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles"]);
          expect(new Set((await profilesIn(connection)).map(([id]) => id))).toEqual(expected);
        });
      }
      expect(resumedAt).toEqual(
        expect.arrayContaining(failed === undefined ? [undefined, 1, 2, 3] : [undefined, 1, 3]),
      );
    },
  );

  test.each<ExportMode>(["create", "append"])(
    "whenever a %s that was published without a page and lost its session is cut off, the published rows stay until the new ones come",
    PATIENT,
    async (mode) => {
      const path = await databaseFor(mode);
      const another = sessionOf(300, { pageSize: 100, sessionId: "session-2" });
      const idsOn = (page: number) =>
        Array.from({ length: 100 }, (_, row) => (row === 7 ? "again" : `new-${page}-${row}`));
      const renewed = [0, 1, 2].map((page) => pageOf(another, page, idsOn(page)));
      await exportPages({ path, mode, batchSize: 100 }, [pages[0], failedPage(session, 1), pages[2]].filter(isPage));
      const idsOf = async (file: string) => (await profilesIn(file)).map(([id]) => String(id));
      const published = await idsOf(path);
      const states = await statesOf(path, () => exportPages({ path, mode: "resume", batchSize: 100 }, renewed));
      const old = mode === "append" ? ["old"] : [];
      const expected = [...new Set([0, 1, 2].flatMap(idsOn)), ...old].sort();
      const seen = new Set<string>();
      for (const state of mode === "append" ? withTornLogs(states) : states) {
        const before = await idsOf(state);
        expect([published, expected]).toContainEqual(before);
        seen.add(before.join());
        const { error, sink } = await exportPages(
          { path: state, mode: "resume", fresh: "append" },
          ({ checkpoint }) => {
            if (checkpoint?.session.sessionId !== "session-2") return renewed;
            return renewed.filter(({ pageIndex }) => pageIndex >= checkpoint.nextPage);
          },
        );
        expect(error).toBeUndefined();
        expect(sink.restarts).toBe(true);
        await withDatabase(state, async (connection) => {
          expect((await profilesIn(connection)).map(([id]) => String(id))).toEqual(expected);
          expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles"]);
        });
      }
      expect(seen.size).toBe(2);
    },
  );
});

function isPage<Page>(page: Page | undefined): page is Page {
  return page !== undefined;
}
