import { existsSync } from "node:fs";
import { DuckDBConnection } from "@duckdb/node-api";
import { expect, test, vi } from "vitest";
import { duckdbSink, readCheckpoint } from "../../../src/duckdb.ts";
import {
  exportPages,
  memoryDatabase,
  profilesIn,
  rowsOf,
  tablesIn,
  temporaryDatabase,
} from "../../helpers/database.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(9);
const [first, second, third] = [
  pageOf(session, 0, ["a", "b", "c"]),
  pageOf(session, 1, ["d", "e", "f"]),
  pageOf(session, 2, ["g", "h", "i"]),
] as const;
const withGap = [first, failedPage(session, 1), third];
const idsIn = async (database: string | DuckDBConnection) => (await profilesIn(database)).map(([id]) => id).join("");

test.each([
  ["across pages of one batch", [pageOf(session, 0, ["a", "b", "c"]), pageOf(session, 1, ["b", "c", "d"])], {}, 2],
  ["within a page", [pageOf(session, 0, ["a", "a", "b"]), pageOf(session, 1, ["c", "d", "d"])], {}, 2],
  ["across batches", [page100(0), page100(50), pageOf(session, 2, ["x", "x"])], { batchSize: 100 }, 51],
])("an id that comes again %s is counted, and the one read last stays", async (_, pages, options, duplicates) => {
  const connection = await memoryDatabase();
  const { result } = await exportPages({ connection, ...options }, pages);
  const read = pages.flatMap((page) => page.rows.map((row) => [row.distinctId, row.propertiesJson] as const));
  expect(result).toMatchObject({ duplicateProfiles: duplicates, totalRows: read.length - duplicates });
  expect(new Map((await profilesIn(connection)) as [string, string][])).toEqual(new Map(read));
});

function page100(from: number) {
  return pageOf(
    session,
    from / 50,
    Array.from({ length: 100 }, (_, index) => `id-${from + index}`),
  );
}

test("a batch is committed when its rows are there, and never a part of a page", async () => {
  const connection = await memoryDatabase();
  const sink = await duckdbSink({ connection, batchSize: 200 });
  const writer = sink.getWriter();
  const committed = async () => (await readCheckpoint({ connection }))?.nextPage ?? 0;
  const seen: number[] = [];
  for (let index = 0; index < 5; index += 1) {
    const ids = Array.from({ length: 150 }, (_, row) => `${index}-${row}`);
    await writer.write(pageOf(session, index, ids));
    seen.push(await committed());
  }
  expect(seen).toEqual([0, 2, 2, 4, 4]);
  await writer.close();
  expect(await rowsOf(connection, "SELECT count(*) FROM profiles")).toEqual([[750n]]);
});

test("with finish the other pages are published, the result tells, and the pipe rejects with it", async () => {
  const connection = await memoryDatabase();
  const { error, result } = await exportPages({ connection }, withGap);
  expect(result).toMatchObject({ totalRows: 6, failedPageIndices: [1], missing: 3, complete: false });
  expect(error).toMatchObject({ code: "incomplete", result: { totalRows: 6, failedPageIndices: [1] } });
  expect(await idsIn(connection)).toBe("abcghi");
});

test("with skip only the result tells", async () => {
  const connection = await memoryDatabase();
  const { error, result } = await exportPages({ connection, onFailedPage: "skip" }, withGap);
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ totalRows: 6, failedPageIndices: [1], hasFailures: true });
  expect(await idsIn(connection)).toBe("abcghi");
});

test("with stop the pipe rejects at once, nothing is published, and what came before is kept for a resumed run", async () => {
  const path = await temporaryDatabase();
  const { sink, error } = await exportPages({ path, onFailedPage: "stop" }, withGap);
  expect(error).toMatchObject({ code: "incomplete", result: { totalRows: 3, failedPageIndices: [1] } });
  await expect(sink.result).rejects.toBe(error);
  expect(existsSync(`${path}.wal`)).toBe(false);
  expect(await tablesIn(path)).toEqual(["_engage_exports", "profiles__loading"]);
  expect(await readCheckpoint(path)).toEqual({ session, nextPage: 2, failedPages: [1] });
  await exportPages({ path, mode: "resume" }, [second, third]);
  expect(await idsIn(path)).toBe("abcdefghi");
});

test("an incomplete replace leaves the old table, says so, and is finished by a resumed run", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, [pageOf(sessionOf(1), 0, ["old"])]);
  const { error, result, warnings } = await exportPages({ connection, mode: "replace" }, withGap);
  expect(error).toMatchObject({ code: "incomplete" });
  expect(result).toMatchObject({ totalRows: 6, complete: false });
  expect(warnings).toMatchObject([
    { code: "difference", message: "profiles was not replaced, since pages failed; resume the export to fetch them" },
  ]);
  expect(await idsIn(connection)).toBe("old");
  await exportPages({ connection, mode: "resume" }, [second]);
  expect(await idsIn(connection)).toBe("abcdefghi");
});

test("a replace that lacks profiles leaves the old table too", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, [pageOf(sessionOf(1), 0, ["old"])]);
  const { error, result, warnings } = await exportPages({ connection, mode: "replace" }, [first, second]);
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ missing: 3, complete: false });
  expect(warnings).toMatchObject([
    {
      message:
        "profiles was not replaced, since 3 profiles are missing; resuming cannot bring them, but another export may",
    },
  ]);
  expect(await idsIn(connection)).toBe("old");
});

test.each([1, 1000])(
  "an abort commits the whole pages in hand, and the result rejects with its reason (%i rows)",
  async (rows) => {
    const path = await temporaryDatabase();
    const big = pageOf(
      session,
      1,
      Array.from({ length: rows }, (_, index) => `d${index}`),
    );
    const reason = new Error("the reader left");
    const { sink } = await exportPages({ path }, [first, big], reason);
    await expect(sink.result).rejects.toBe(reason);
    expect(existsSync(`${path}.wal`)).toBe(false);
    expect(await rowsOf(path, "SELECT count(*) FROM profiles__loading")).toEqual([[BigInt(3 + rows)]]);
    expect(await readCheckpoint(path)).toMatchObject({ nextPage: 2, failedPages: [] });
  },
);

test("an abort before the first page leaves no table at all", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, [], new Error("unauthorized"));
  expect(await tablesIn(connection)).toEqual([]);
});

test("an abort that cannot commit frees the file and rejects with what went wrong", async () => {
  const path = await temporaryDatabase();
  const sink = await duckdbSink(path);
  const writer = sink.getWriter();
  writer.closed.catch(() => {});
  await writer.write(first);
  const appender = vi
    .spyOn(DuckDBConnection.prototype, "createAppender")
    .mockRejectedValueOnce(new Error("IO Error: no"));
  await expect(writer.abort(new Error("stop"))).rejects.toMatchObject({ code: "write-failed" });
  await expect(sink.result).rejects.toThrow("stop");
  expect(appender).toHaveBeenCalledOnce();
  expect(await rowsOf(path, "FROM profiles__loading")).toEqual([]);
});

test("nothing is an unhandled rejection when nobody looks at the result", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  const connection = await memoryDatabase();
  const sink = await duckdbSink({ connection, onFailedPage: "stop" });
  const source = new ReadableStream({ start: (controller) => controller.enqueue(failedPage(session, 0)) });
  await expect(source.pipeTo(sink)).rejects.toMatchObject({ code: "incomplete" });
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", unhandled);
  expect(unhandled).not.toHaveBeenCalled();
});

test("a page that comes twice is one page, and its ids came more than once", async () => {
  const connection = await memoryDatabase();
  const { result } = await exportPages({ connection }, [first, first, second, first, third]);
  expect(result).toMatchObject({ totalRows: 9, duplicateProfiles: 6, successfulPages: 3 });
});

test("pages of another session make the export begin again", async () => {
  const connection = await memoryDatabase();
  const another = sessionOf(4, { sessionId: "session-2" });
  const startedAt = Date.now();
  const { result, error } = await exportPages({ connection, batchSize: 100 }, [
    first,
    failedPage(session, 1),
    pageOf(session, 2, [...Array.from({ length: 100 }, (_, index) => `gone-${index}`), null]),
    pageOf(another, 0, ["a", "z", null]),
    pageOf(another, 1, ["y"]),
  ]);
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ totalRows: 3, duplicateProfiles: 0, profilesWithoutId: 1, successfulPages: 2 });
  expect(result).toMatchObject({ reportedTotal: 4, complete: true, failedPageIndices: [] });
  expect(result?.fetchedAt.getTime()).toBeGreaterThanOrEqual(startedAt);
  expect(await idsIn(connection)).toBe("ayz");
  expect(await rowsOf(connection, "SELECT session->>'sessionId', total_rows FROM _engage_exports")).toEqual([
    ["session-2", 3n],
  ]);
});

test("the mark of a finished export tells what it came to, without a finish while it lasts", async () => {
  const connection = await memoryDatabase();
  const select = `SELECT table_name, mode, query->>'projectId', next_page, failed_pages, successful_pages, total_rows,
    duplicate_profiles, profiles_without_id, started <= updated, finished = updated FROM _engage_exports`;
  await exportPages({ connection }, withGap);
  expect(await rowsOf(connection, select)).toEqual([
    ["profiles", "create", "1234567", 3n, "[1]", 2n, 6n, 0n, 0n, true, null],
  ]);
  await exportPages({ connection, mode: "resume" }, [second]);
  expect(await rowsOf(connection, select)).toEqual([
    ["profiles", "create", "1234567", 3n, "[]", 3n, 9n, 0n, 0n, true, true],
  ]);
});
