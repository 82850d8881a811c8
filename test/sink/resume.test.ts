import { expect, test } from "vitest";
import { duckdbSink, type ExportMode, readCheckpoint } from "../../src/duckdb.ts";
import { exportPages, profilesIn, rowsOf, tablesIn, temporaryDatabase } from "./database.ts";
import { failedPage, pageOf, sessionOf } from "./pages.ts";

const session = sessionOf(9);
const pages = [
  pageOf(session, 0, ["a", "b", "c"]),
  pageOf(session, 1, ["c", "d", null]),
  pageOf(session, 2, ["e", "f", "g"]),
] as const;
const [first, second, third] = pages;
const another = sessionOf(3, { sessionId: "session-2" });
const killed = new Error("killed");

/** A database with a table that has `a` and `old`, which no export has marked as its own. */
async function databaseWithTable(): Promise<string> {
  const path = await temporaryDatabase();
  await rowsOf(
    path,
    "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON, note VARCHAR)",
  );
  await rowsOf(
    path,
    `INSERT INTO profiles VALUES ('a', '2001-01-01', '{"was":"a"}', 'n'), ('old', NULL, '{"was":"old"}', 'n')`,
  );
  return path;
}

async function databaseFor(mode: ExportMode): Promise<string> {
  return mode === "create" ? temporaryDatabase() : databaseWithTable();
}

/** What an export of `pages` without any trouble leaves. */
async function undisturbed(mode: ExportMode, sent: Parameters<typeof exportPages>[1]) {
  const path = await databaseFor(mode);
  const { result } = await exportPages({ path, mode }, sent);
  return { table: await rowsOf(path, "FROM profiles ORDER BY distinct_id"), counts: counts(result) };
}

async function outcomeIn(path: string, result: Awaited<ReturnType<typeof exportPages>>["result"]) {
  expect(await tablesIn(path)).toEqual(["_engage_exports", "profiles"]);
  expect(await readCheckpoint(path)).toBeUndefined();
  return { table: await rowsOf(path, "FROM profiles ORDER BY distinct_id"), counts: counts(result) };
}

function counts(result: Awaited<ReturnType<typeof exportPages>>["result"]) {
  const { total_rows, duplicate_profiles, profiles_without_id, successful_pages, missing } = result?.toJSON() ?? {};
  return { total_rows, duplicate_profiles, profiles_without_id, successful_pages, missing };
}

const modes = ["create", "append", "replace"] as const;

test.each(modes)("an interrupted %s goes on after its last page and ends as if nothing had been", async (mode) => {
  const path = await databaseFor(mode);
  await exportPages({ path, mode }, [first, second], killed);
  const { sink, result, warnings } = await exportPages({ path, mode: "resume" }, [third]);
  expect(sink.checkpoint).toEqual({ session, nextPage: 2, failedPages: [] });
  expect(warnings.map(({ code }) => code)).toEqual(["profiles-without-id"]);
  expect(await outcomeIn(path, result)).toEqual(await undisturbed(mode, pages));
});

test.each(modes)("a %s with pages that failed is completed by them", async (mode) => {
  const path = await databaseFor(mode);
  await exportPages({ path, mode }, [failedPage(session, 0), second, failedPage(session, 2)]);
  expect(await readCheckpoint(path)).toEqual({ session, nextPage: 3, failedPages: [0, 2] });
  await exportPages({ path, mode: "resume" }, [first, failedPage(session, 2)]);
  expect(await readCheckpoint(path)).toEqual({ session, nextPage: 3, failedPages: [2] });
  const { result } = await exportPages({ path, mode: "resume" }, [third]);
  expect(await outcomeIn(path, result)).toEqual(await undisturbed(mode, [second, first, third]));
});

test.each(modes)(
  "a %s that was published in part and begins again with another session keeps nothing of the first",
  async (mode) => {
    const path = await databaseFor(mode);
    await exportPages({ path, mode }, [first, failedPage(session, 1), third]);
    const renewed = [pageOf(another, 0, ["c", "x", "y"])];
    const { result } = await exportPages({ path, mode: "resume" }, renewed);
    expect(result).toMatchObject({ totalRows: 3, complete: true });
    expect(await outcomeIn(path, result)).toEqual(await undisturbed(mode, renewed));
  },
);

test.each(modes)(
  "a %s that begins again twice, with failed pages in between, keeps nothing of what came before",
  async (mode) => {
    const path = await databaseFor(mode);
    const middle = sessionOf(6, { sessionId: "session-2" });
    const last = sessionOf(2, { sessionId: "session-3" });
    await exportPages({ path, mode }, [first, failedPage(session, 1), third]);
    await exportPages({ path, mode: "resume" }, [pageOf(middle, 0, ["a", "m", "old"]), failedPage(middle, 1)]);
    const renewed = [pageOf(last, 0, ["g", "m"])];
    const { result } = await exportPages({ path, mode: "resume" }, renewed);
    expect(await outcomeIn(path, result)).toEqual(await undisturbed(mode, renewed));
  },
);

test("what an append has changed is taken back row by row, the caller's own columns stay", async () => {
  const path = await databaseWithTable();
  await exportPages({ path, mode: "append" }, [first, failedPage(session, 1)]);
  expect((await profilesIn(path)).map(([id]) => id)).toEqual(["a", "b", "c", "old"]);
  await rowsOf(path, "UPDATE profiles SET note = 'since'");
  await exportPages({ path, mode: "resume" }, [pageOf(another, 0, ["x"])]);
  expect(await rowsOf(path, "SELECT distinct_id, last_seen, properties, note FROM profiles ORDER BY 1")).toEqual([
    ["a", new Date("2001-01-01T00:00:00Z"), '{"was":"a"}', "since"],
    ["old", null, '{"was":"old"}', "since"],
    ["x", new Date("2024-05-06T07:08:09Z"), '{"page":0}', null],
  ]);
});

test("a table that was published in part and then dropped is made again", async () => {
  const path = await temporaryDatabase();
  await exportPages({ path }, [first, failedPage(session, 1), third]);
  await rowsOf(path, "DROP TABLE profiles");
  const { result } = await exportPages({ path, mode: "resume" }, [second]);
  expect(await outcomeIn(path, result)).toEqual(await undisturbed("create", [first, third, second]));
});

test("an append whose table was dropped cannot be resumed", async () => {
  const path = await databaseWithTable();
  await exportPages({ path, mode: "append" }, [first], killed);
  await rowsOf(path, "DROP TABLE profiles");
  await expect(duckdbSink({ path, mode: "resume" })).rejects.toMatchObject({ code: "table-not-found" });
});

test("an export that was killed before it was published only has to be closed", async () => {
  const path = await temporaryDatabase();
  await exportPages({ path }, pages, killed);
  const { result } = await exportPages({ path, mode: "resume" }, []);
  expect(await outcomeIn(path, result)).toEqual(await undisturbed("create", pages));
});

test("with nothing to resume an export begins afresh, in the mode that is said", async () => {
  const path = await databaseWithTable();
  await expect(duckdbSink({ path, mode: "resume" })).rejects.toMatchObject({ code: "table-exists" });
  const { sink } = await exportPages({ path, mode: "resume", fresh: "append" }, [first]);
  expect(sink.checkpoint).toBeUndefined();
  expect((await profilesIn(path)).map(([id]) => id)).toEqual(["a", "b", "c", "old"]);
  await exportPages({ path, mode: "resume", fresh: "replace" }, [pageOf(another, 0, ["x", "y", "z"])]);
  expect((await profilesIn(path)).map(([id]) => id)).toEqual(["x", "y", "z"]);
});

test("an export that is begun afresh drops the unfinished one, and says so", async () => {
  const path = await databaseWithTable();
  await exportPages({ path, mode: "append" }, [first, failedPage(session, 1)]);
  expect(await tablesIn(path)).toContain("profiles__before");
  const { warnings, result } = await exportPages({ path, mode: "append" }, [pageOf(another, 0, ["x", "y", "z"])]);
  expect(warnings).toEqual([
    {
      code: "unfinished-export-dropped",
      message: "An unfinished export into profiles was dropped with its 3 rows, since this one begins afresh",
    },
  ]);
  expect(await outcomeIn(path, result)).toMatchObject({ counts: { total_rows: 3 } });
  expect(await rowsOf(path, "SELECT count(*) FROM _engage_exports")).toEqual([[1n]]);
});

test("an unfinished export is kept while nothing has come to take its place", async () => {
  const path = await temporaryDatabase();
  await exportPages({ path }, [first], killed);
  const { warnings } = await exportPages({ path }, [], new Error("unauthorized"));
  expect(warnings).toEqual([]);
  expect(await readCheckpoint(path)).toMatchObject({ nextPage: 1 });
});

test("exports into two tables are resumed each on its own", async () => {
  const path = await temporaryDatabase();
  await exportPages({ path, table: "users" }, [first], killed);
  await exportPages({ path, table: "groups" }, [first, second], killed);
  expect(await readCheckpoint({ path, table: "users" })).toMatchObject({ nextPage: 1 });
  expect(await readCheckpoint({ path, table: "GROUPS" })).toMatchObject({ nextPage: 2 });
  expect(await readCheckpoint(path)).toBeUndefined();
  const { result } = await exportPages({ path, table: "users", mode: "resume" }, [second, third]);
  expect(result).toMatchObject({ table: "users", totalRows: 7 });
  expect(await tablesIn(path)).toEqual(["_engage_exports", "groups__loading", "users"]);
});
