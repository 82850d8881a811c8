import type { DuckDBConnection } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { duckdbSink, type ExportMode, readCheckpoint } from "../../../src/duckdb.ts";
import { exportPages, memoryDatabase, profilesIn, rowsOf, tablesIn } from "../../helpers/database.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

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
async function databaseWithTable(): Promise<DuckDBConnection> {
  const connection = await memoryDatabase();
  await rowsOf(
    connection,
    "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON, note VARCHAR)",
  );
  await rowsOf(
    connection,
    `INSERT INTO profiles VALUES ('a', '2001-01-01', '{"was":"a"}', 'n'), ('old', NULL, '{"was":"old"}', 'n')`,
  );
  return connection;
}

async function databaseFor(mode: ExportMode): Promise<DuckDBConnection> {
  return mode === "create" ? memoryDatabase() : databaseWithTable();
}

/** What an export of `pages` without any trouble leaves. */
async function undisturbed(mode: ExportMode, sent: Parameters<typeof exportPages>[1]) {
  const connection = await databaseFor(mode);
  const { result } = await exportPages({ connection, mode }, sent);
  return { table: await rowsOf(connection, "FROM profiles ORDER BY distinct_id"), counts: counts(result) };
}

async function outcomeIn(connection: DuckDBConnection, result: Awaited<ReturnType<typeof exportPages>>["result"]) {
  expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles"]);
  expect(await readCheckpoint({ connection })).toBeUndefined();
  return { table: await rowsOf(connection, "FROM profiles ORDER BY distinct_id"), counts: counts(result) };
}

function counts(result: Awaited<ReturnType<typeof exportPages>>["result"]) {
  const { total_rows, duplicate_profiles, profiles_without_id, successful_pages, missing } = result?.toJSON() ?? {};
  return { total_rows, duplicate_profiles, profiles_without_id, successful_pages, missing };
}

const modes = ["create", "append", "replace"] as const;

test.each(modes)("an interrupted %s goes on after its last page and ends as if nothing had been", async (mode) => {
  const connection = await databaseFor(mode);
  await exportPages({ connection, mode }, [first, second], killed);
  const { sink, result, warnings } = await exportPages({ connection, mode: "resume" }, [third]);
  expect(sink.checkpoint).toEqual({ session, nextPage: 2, failedPages: [] });
  expect(warnings.map(({ code }) => code)).toEqual(["profiles-without-id"]);
  expect(await outcomeIn(connection, result)).toEqual(await undisturbed(mode, pages));
});

test.each(modes)("a %s with pages that failed is completed by them", async (mode) => {
  const connection = await databaseFor(mode);
  await exportPages({ connection, mode }, [failedPage(session, 0), second, failedPage(session, 2)]);
  expect(await readCheckpoint({ connection })).toEqual({ session, nextPage: 3, failedPages: [0, 2] });
  await exportPages({ connection, mode: "resume" }, [first, failedPage(session, 2)]);
  expect(await readCheckpoint({ connection })).toEqual({ session, nextPage: 3, failedPages: [2] });
  const { result } = await exportPages({ connection, mode: "resume" }, [third]);
  expect(await outcomeIn(connection, result)).toEqual(await undisturbed(mode, [second, first, third]));
});

test.each(modes)(
  "a %s that was published in part and begins again with another session keeps nothing of the first",
  async (mode) => {
    const connection = await databaseFor(mode);
    await exportPages({ connection, mode }, [first, failedPage(session, 1), third]);
    const renewed = [pageOf(another, 0, ["c", "x", "y"])];
    const { result } = await exportPages({ connection, mode: "resume" }, renewed);
    expect(result).toMatchObject({ totalRows: 3, complete: true });
    expect(await outcomeIn(connection, result)).toEqual(await undisturbed(mode, renewed));
  },
);

test.each(modes)(
  "a %s that begins again twice, with failed pages in between, keeps nothing of what came before",
  async (mode) => {
    const connection = await databaseFor(mode);
    const middle = sessionOf(6, { sessionId: "session-2" });
    const last = sessionOf(2, { sessionId: "session-3" });
    await exportPages({ connection, mode }, [first, failedPage(session, 1), third]);
    await exportPages({ connection, mode: "resume" }, [pageOf(middle, 0, ["a", "m", "old"]), failedPage(middle, 1)]);
    const renewed = [pageOf(last, 0, ["g", "m"])];
    const { result } = await exportPages({ connection, mode: "resume" }, renewed);
    expect(await outcomeIn(connection, result)).toEqual(await undisturbed(mode, renewed));
  },
);

test("what an append has changed is taken back row by row, the caller's own columns stay", async () => {
  const connection = await databaseWithTable();
  await exportPages({ connection, mode: "append" }, [first, failedPage(session, 1)]);
  expect((await profilesIn(connection)).map(([id]) => id)).toEqual(["a", "b", "c", "old"]);
  await rowsOf(connection, "UPDATE profiles SET note = 'since'");
  await exportPages({ connection, mode: "resume" }, [pageOf(another, 0, ["x"])]);
  expect(await rowsOf(connection, "SELECT distinct_id, last_seen, properties, note FROM profiles ORDER BY 1")).toEqual([
    ["a", new Date("2001-01-01T00:00:00Z"), '{"was":"a"}', "since"],
    ["old", null, '{"was":"old"}', "since"],
    ["x", new Date("2024-05-06T07:08:09Z"), '{"page":0}', null],
  ]);
});

test("an export whose table was published in part and then dropped starts over", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, [first, failedPage(session, 1), third]);
  await rowsOf(connection, "DROP TABLE profiles");
  expect(await readCheckpoint({ connection })).toBeUndefined();
  const { sink, result, warnings } = await exportPages({ connection, mode: "resume" }, pages);
  expect(sink.checkpoint).toBeUndefined();
  expect(warnings[0]).toMatchObject({ code: "unfinished-export-dropped" });
  expect(await outcomeIn(connection, result)).toEqual(await undisturbed("create", pages));
});

test.each(["create", "append"] as const)(
  "what a %s has published stays until the load of a new session takes its place in one transaction",
  async (mode) => {
    const connection = await databaseFor(mode);
    const ids = async () => (await profilesIn(connection)).map(([id]) => id).join("");
    await exportPages({ connection, mode }, [first, failedPage(session, 1), third]);
    const published = mode === "create" ? "abcefg" : "abcefgold";
    expect(await ids()).toBe(published);
    const sink = await duckdbSink({ connection, mode: "resume", batchSize: 100 });
    const writer = sink.getWriter();
    const hundred = Array.from({ length: 100 }, (_, row) => `x${row}`);
    await writer.write(pageOf(another, 0, hundred));
    expect(await ids()).toBe(published);
    await writer.abort(killed);
    expect(await ids()).toBe(published);
    expect(await readCheckpoint({ connection })).toMatchObject({ session: another, nextPage: 1 });
    await exportPages({ connection, mode: "resume" }, [pageOf(another, 1, ["a"])]);
    const rest = mode === "create" ? [] : ["old"];
    expect((await profilesIn(connection)).map(([id]) => id)).toEqual(["a", ...rest, ...hundred].sort());
    expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles"]);
  },
);

test("pages that come to a published table are seen there at once, with their record, and rows of the user's stay", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, [first, failedPage(session, 1), failedPage(session, 2)]);
  await rowsOf(connection, "INSERT INTO profiles VALUES ('mine', NULL, '{}')");
  await exportPages({ connection, mode: "resume" }, [second], killed);
  expect((await profilesIn(connection)).map(([id]) => id)).toEqual(["a", "b", "c", "d", "mine"]);
  expect(await readCheckpoint({ connection })).toMatchObject({ failedPages: [2] });
  const { result } = await exportPages({ connection, mode: "resume" }, [third]);
  expect(result).toMatchObject({ totalRows: 7, duplicateProfiles: 1, profilesWithoutId: 1, complete: true });
  expect((await profilesIn(connection)).map(([id]) => id)).toEqual(["a", "b", "c", "d", "e", "f", "g", "mine"]);
});

test("an append whose table was dropped cannot be resumed", async () => {
  const connection = await databaseWithTable();
  await exportPages({ connection, mode: "append" }, [first], killed);
  await rowsOf(connection, "DROP TABLE profiles");
  await expect(duckdbSink({ connection, mode: "resume" })).rejects.toMatchObject({ code: "table-not-found" });
});

test("an export that was killed before it was published only has to be closed", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, pages, killed);
  const { result } = await exportPages({ connection, mode: "resume" }, []);
  expect(await outcomeIn(connection, result)).toEqual(await undisturbed("create", pages));
});

test("with nothing to resume an export starts over, in the mode that is said", async () => {
  const connection = await databaseWithTable();
  await expect(duckdbSink({ connection, mode: "resume" })).rejects.toMatchObject({ code: "table-exists" });
  const { sink } = await exportPages({ connection, mode: "resume", fresh: "append" }, [first]);
  expect(sink.checkpoint).toBeUndefined();
  expect((await profilesIn(connection)).map(([id]) => id)).toEqual(["a", "b", "c", "old"]);
  await exportPages({ connection, mode: "resume", fresh: "replace" }, [pageOf(another, 0, ["x", "y", "z"])]);
  expect((await profilesIn(connection)).map(([id]) => id)).toEqual(["x", "y", "z"]);
});

test("an export that starts over drops the unfinished one, and says so", async () => {
  const connection = await databaseWithTable();
  await exportPages({ connection, mode: "append" }, [first, failedPage(session, 1)]);
  expect(await tablesIn(connection)).toContain("profiles__before");
  const { warnings, result } = await exportPages({ connection, mode: "append" }, [pageOf(another, 0, ["x", "y", "z"])]);
  expect(warnings).toEqual([
    {
      code: "unfinished-export-dropped",
      message:
        "An unfinished export into profiles cannot be resumed any more, though its 3 rows stay in the table, because this one starts over",
    },
  ]);
  expect(await outcomeIn(connection, result)).toMatchObject({ counts: { total_rows: 3 } });
  // The history of the table tells of both.
  expect(
    await rowsOf(connection, "SELECT finished IS NOT NULL, successful_pages FROM _engage_exports ORDER BY started"),
  ).toEqual([
    [true, 0n],
    [true, 1n],
  ]);
});

test("an unfinished export is kept while nothing has come to take its place", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection }, [first], killed);
  const { warnings } = await exportPages({ connection }, [], new Error("unauthorized"));
  expect(warnings).toEqual([]);
  expect(await readCheckpoint({ connection })).toMatchObject({ nextPage: 1 });
});

test("exports into two tables are resumed each on its own", async () => {
  const connection = await memoryDatabase();
  await exportPages({ connection, table: "users" }, [first], killed);
  await exportPages({ connection, table: "groups" }, [first, second], killed);
  expect(await readCheckpoint({ connection, table: "users" })).toMatchObject({ nextPage: 1 });
  expect(await readCheckpoint({ connection, table: "GROUPS" })).toMatchObject({ nextPage: 2 });
  expect(await readCheckpoint({ connection })).toBeUndefined();
  const { result } = await exportPages({ connection, table: "users", mode: "resume" }, [second, third]);
  expect(result).toMatchObject({ table: "users", totalRows: 7 });
  expect(await tablesIn(connection)).toEqual(["_engage_exports", "groups__loading", "users"]);
});

test("an export whose connection its owner closed is resumed in the same process", async () => {
  const instance = await DuckDBInstance.create(":memory:");
  const before = await instance.connect();
  const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`);
  const writer = (await duckdbSink({ connection: before, batchSize: 100 })).getWriter();
  writer.closed.catch(() => {});
  await writer.write(pageOf(sessionOf(200, { pageSize: 100 }), 0, ids));
  const second = await instance.connect();
  await expect(duckdbSink({ connection: second, mode: "resume" })).rejects.toMatchObject({ code: "locked" });
  before.closeSync();
  const sink = await duckdbSink({ connection: second, mode: "resume" });
  expect(sink.checkpoint).toMatchObject({ nextPage: 1, failedPages: [] });
  await sink.abort(new Error("enough"));
  second.closeSync();
  instance.closeSync();
});
