import { existsSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { type DuckDBSinkOptions, duckdbSink } from "../../../src/duckdb.ts";
import { profileRow } from "../../../src/page/profile-row.ts";
import {
  exportPages,
  memoryDatabase,
  profilesIn,
  rowsOf,
  tablesIn,
  temporaryDatabase,
  withDatabase,
} from "../../helpers/database.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(5);
const pages = [pageOf(session, 0, ["a", "b", "c"]), pageOf(session, 1, ["d", "e"])];
const published = [
  ["a", '{"page":0}'],
  ["b", '{"page":0}'],
  ["c", '{"page":0}'],
  ["d", '{"page":1}'],
  ["e", '{"page":1}'],
];

/** A database in which an export has published `old` and `a`. */
async function databaseWithTable(): Promise<string> {
  const path = await temporaryDatabase();
  const { error } = await exportPages({ path }, [pageOf(sessionOf(2, { sessionId: "before" }), 0, ["old", "a"])]);
  expect(error).toBeUndefined();
  return path;
}

describe("duckdbSink", () => {
  test("profiles come into a table with a primary key, and the file holds all of it", async () => {
    const path = await temporaryDatabase();
    const { sink, error, result, warnings } = await exportPages({ path }, pages);
    expect(error).toBeUndefined();
    expect(sink.restarts).toBe(true);
    expect(sink.checkpoint).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(result).toMatchObject({ table: "profiles", totalRows: 5, duplicateProfiles: 0, missing: 0, complete: true });
    expect(existsSync(`${path}.wal`)).toBe(false);
    expect(await profilesIn(path)).toEqual(published);
    expect(await tablesIn(path)).toEqual(["_engage_exports", "profiles"]);
    expect(await rowsOf(path, "SELECT sql FROM duckdb_tables() WHERE table_name = 'profiles'")).toEqual([
      ["CREATE TABLE profiles(distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON);"],
    ]);
    expect(await rowsOf(path, "SELECT DISTINCT last_seen FROM profiles")).toEqual([[new Date("2024-05-06T07:08:09Z")]]);
  });

  test("a path alone is enough", async () => {
    const path = await temporaryDatabase();
    const sink = await duckdbSink(path);
    await sink.getWriter().close();
    expect((await sink.result).totalRows).toBe(0);
  });

  test.each(["create", "resume"] as const)(
    "mode %s without a single page makes an empty table, and is not complete",
    async (mode) => {
      const connection = await memoryDatabase();
      const { result } = await exportPages({ connection, mode }, []);
      expect(result).toMatchObject({ totalRows: 0, duplicateProfiles: 0, reportedTotal: null, complete: false });
      expect(await profilesIn(connection)).toEqual([]);
    },
  );

  test("mode replace without a single page replaces nothing", async () => {
    const connection = await memoryDatabase();
    await connection.run("CREATE TABLE profiles (old VARCHAR)");
    const { result } = await exportPages({ connection, mode: "replace" }, []);
    expect(result).toMatchObject({ totalRows: 0, complete: false });
    expect(await rowsOf(connection, "SELECT * FROM profiles")).toEqual([]);
  });

  test("no profile at all on page 0 makes an empty table", async () => {
    const path = await temporaryDatabase();
    const { result } = await exportPages({ path }, [pageOf(sessionOf(0), 0, [])]);
    expect(result).toMatchObject({ totalRows: 0, successfulPages: 1, reportedTotal: 0, complete: true });
    expect(await profilesIn(path)).toEqual([]);
  });

  test("create refuses a table that exists before anything is written", async () => {
    const path = await databaseWithTable();
    await expect(duckdbSink(path)).rejects.toMatchObject({
      code: "table-exists",
      message:
        "Cannot create the table, there is a table of that name; append, replace, or choose another name: profiles",
    });
    expect(await profilesIn(path)).toHaveLength(2);
  });

  test("create finds a table whatever the case of its name", async () => {
    const path = await databaseWithTable();
    await expect(duckdbSink({ path, table: "PROFILES" })).rejects.toMatchObject({ code: "table-exists" });
  });

  test("replace makes a table that is not there", async () => {
    const path = await temporaryDatabase();
    await exportPages({ path, mode: "replace" }, pages);
    expect(await profilesIn(path)).toEqual(published);
  });

  test("replace swaps the table when the export is complete", async () => {
    const path = await databaseWithTable();
    const { error, warnings } = await exportPages({ path, mode: "replace" }, pages);
    expect([error, warnings]).toEqual([undefined, []]);
    expect(await profilesIn(path)).toEqual(published);
    expect(await tablesIn(path)).toEqual(["_engage_exports", "profiles"]);
  });

  test("replace takes the place of a table of another shape", async () => {
    const connection = await memoryDatabase();
    await rowsOf(connection, "CREATE TABLE profiles AS SELECT 1 AS one");
    await exportPages({ connection, mode: "replace" }, pages);
    expect(await profilesIn(connection)).toEqual(published);
  });

  test("append adds profiles, and the newest of an id wins", async () => {
    const path = await databaseWithTable();
    const { result } = await exportPages({ path, mode: "append" }, pages);
    expect(result).toMatchObject({ totalRows: 5, duplicateProfiles: 0, complete: true });
    expect(await profilesIn(path)).toEqual([...published, ["old", '{"page":0}']]);
    expect(await tablesIn(path)).toEqual(["_engage_exports", "profiles"]);
  });

  test("append takes a table with its columns in another order and with more of them, and an index", async () => {
    const path = await temporaryDatabase();
    await withDatabase(path, async (connection) => {
      await connection.run(
        `CREATE TABLE profiles (note VARCHAR, properties JSON, "Last_Seen" TIMESTAMP, made TIMESTAMP NOT NULL DEFAULT '2020-01-01',
        DISTINCT_ID VARCHAR PRIMARY KEY)`,
      );
      await connection.run("CREATE INDEX by_last_seen ON profiles (last_seen)");
      await connection.run("INSERT INTO profiles (note, distinct_id) VALUES ('mine', 'a')");
    });
    const { error } = await exportPages({ path, mode: "append" }, pages);
    expect(error).toBeUndefined();
    expect(await profilesIn(path)).toEqual(published);
    expect(await rowsOf(path, "SELECT note, count(*) FROM profiles GROUP BY 1 ORDER BY 1 NULLS LAST")).toEqual([
      ["mine", 1n],
      [null, 4n],
    ]);
  });

  test("append to nothing is refused and makes no file", async () => {
    const path = await temporaryDatabase();
    await expect(duckdbSink({ path, mode: "append" })).rejects.toMatchObject({
      code: "table-not-found",
      message: `Cannot append, there is no such file; export without appending, which makes it: ${path}`,
    });
    expect(existsSync(path)).toBe(false);
    await rowsOf(path, "CREATE TABLE other (a INTEGER)");
    await expect(duckdbSink({ path, mode: "append" })).rejects.toMatchObject({ code: "table-not-found" });
  });

  test.each([
    [
      "distinct_id INTEGER PRIMARY KEY, last_seen TIMESTAMP, properties JSON",
      "its column `distinct_id` is INTEGER, not VARCHAR",
    ],
    ["distinct_id VARCHAR PRIMARY KEY, properties JSON", "it has no column `last_seen`"],
    [
      "distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMPTZ, properties JSON",
      "its column `last_seen` is TIMESTAMP WITH TIME ZONE, not TIMESTAMP",
    ],
    [
      "distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties VARCHAR",
      "its column `properties` is VARCHAR, not JSON",
    ],
    ["distinct_id VARCHAR, last_seen TIMESTAMP, properties JSON", "its primary key is not `distinct_id`"],
    ["distinct_id VARCHAR UNIQUE, last_seen TIMESTAMP, properties JSON", "its primary key is not `distinct_id`"],
    [
      "distinct_id VARCHAR, b INTEGER, last_seen TIMESTAMP, properties JSON, PRIMARY KEY (distinct_id, b)",
      "its column `b` does not take NULL",
    ],
    [
      "distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON, b INTEGER NOT NULL",
      "its column `b` does not take NULL",
    ],
  ])("append refuses a table of (%s)", async (columns, reason) => {
    const connection = await memoryDatabase();
    await rowsOf(connection, `CREATE TABLE profiles (${columns})`);
    await expect(duckdbSink({ connection, mode: "append" })).rejects.toMatchObject({
      code: "table-mismatch",
      message: `Cannot add profiles to the table, ${reason}; choose another table, or replace it: profiles`,
    });
  });

  test.each([
    ["create", "table-exists"],
    ["append", "table-mismatch"],
    ["replace", "table-mismatch"],
  ] as const)("mode %s refuses a view", async (mode, code) => {
    const connection = await memoryDatabase();
    await rowsOf(connection, "CREATE VIEW profiles AS SELECT 1 AS distinct_id");
    await expect(duckdbSink({ connection, mode })).rejects.toMatchObject({
      code,
      message: expect.stringContaining("view"),
    });
  });

  test("a table that merely has the load table's name is not touched", async () => {
    const connection = await memoryDatabase();
    await rowsOf(connection, "CREATE TABLE profiles__loading AS SELECT 'mine' AS whose");
    await expect(duckdbSink({ connection })).rejects.toMatchObject({
      code: "table-exists",
      message: "Cannot load, a table has the name that is needed for it; rename it: profiles__loading",
    });
    expect(await rowsOf(connection, "FROM profiles__loading")).toEqual([["mine"]]);
  });

  test("a table that is made while the export runs is not touched, and the export can be resumed", async () => {
    const path = await temporaryDatabase();
    const sink = await duckdbSink(path);
    const writer = sink.getWriter();
    for (const page of pages) await writer.write(page);
    await rowsOf(path, "CREATE TABLE profiles AS SELECT 'mine' AS whose");
    await expect(writer.close()).rejects.toMatchObject({ code: "table-exists" });
    await expect(sink.result).rejects.toMatchObject({ code: "table-exists" });
    expect(await rowsOf(path, "FROM profiles")).toEqual([["mine"]]);
    await rowsOf(path, "DROP TABLE profiles");
    const { result } = await exportPages({ path, mode: "resume" }, []);
    expect(result).toMatchObject({ totalRows: 5, complete: true });
    expect(await profilesIn(path)).toEqual(published);
  });

  test("profiles without an id are left out, counted, and told of once", async () => {
    const connection = await memoryDatabase();
    const { result, warnings } = await exportPages({ connection }, [
      pageOf(session, 0, ["a", null, "c"]),
      pageOf(session, 1, [null, "e"]),
    ]);
    expect(result).toMatchObject({ totalRows: 3, profilesWithoutId: 2, missing: 0, complete: true });
    expect(warnings).toEqual([
      { code: "profiles-without-id", message: "2 profiles have no id and are left out of profiles" },
    ]);
    expect((await profilesIn(connection)).map(([id]) => id)).toEqual(["a", "c", "e"]);
  });

  test("ids that differ in a lone surrogate only stay different rows, across batches and resumed runs", async () => {
    const connection = await memoryDatabase();
    const ids = ["u\ud83d", "u\ud83e", "u\ufffd", "u\ud83d\ude00"];
    const six = sessionOf(6, { pageSize: 3 });
    await exportPages({ connection }, [pageOf(six, 0, ids.slice(0, 3))], new Error("killed"));
    const { result } = await exportPages({ connection, mode: "resume" }, [
      pageOf(six, 1, [...ids.slice(3), "u\ud83d", "u"]),
    ]);
    expect(result).toMatchObject({ totalRows: 5, duplicateProfiles: 1, complete: true });
    expect((await profilesIn(connection)).map(([id]) => id)).toEqual([
      "u",
      "u\ufffd",
      "u\ufffdd83d",
      "u\ufffdd83e",
      "u😀",
    ]);
  });

  test("lone surrogates are told of with their number", async () => {
    const connection = await memoryDatabase();
    const broken = profileRow({ distinctId: "x", lastSeen: null, properties: { a: "\ud83d", b: "\ude00" } });
    const { warnings } = await exportPages({ connection }, [pageOf(sessionOf(2), 0, ["a", broken])]);
    expect(warnings).toEqual([
      {
        code: "surrogates-replaced",
        message: "2 lone surrogates are stored as \\ufffd, since DuckDB's JSON cannot read them",
      },
    ]);
    expect(await rowsOf(connection, "SELECT properties->>'a' FROM profiles ORDER BY distinct_id")).toEqual([
      [null],
      ["\ufffd"],
    ]);
  });

  test("a listener that throws is told of, and changes nothing", async () => {
    const path = await temporaryDatabase();
    const told = vi.spyOn(console, "error").mockImplementation(() => {});
    const failure = new TypeError("listener");
    const onWarning = () => {
      throw failure;
    };
    const { error, result } = await exportPages({ path, onWarning }, [pageOf(sessionOf(1), 0, [null])]);
    expect([error, result?.complete]).toEqual([undefined, true]);
    expect(told).toHaveBeenCalledWith(failure);
  });

  test.each<[string, unknown]>([
    ["`path` or `connection` must be given, and not both", {}],
    ["`path` or `connection` must be given, and not both", { path: "a", connection: { createAppender() {} } }],
    ["`path` must be text that is not empty", ""],
    ["`path` must be text that is not empty", { path: 7 }],
    ["`connection` must be a DuckDBConnection", { connection: "a" }],
    ["`path` must be a file, since what is in memory ends with the sink", ":memory:"],
    ["`mode` must be one of create, append, replace, update, resume", { path: "x", mode: "upsert" }],
    ["`fresh` must be one of create, append, replace", { path: "x", fresh: "resume" }],
    ["`batchSize` must be a whole number from 100 to 100,000", { path: "x", batchSize: 99 }],
    ["`batchSize` must be a whole number from 100 to 100,000", { path: "x", batchSize: 100_001 }],
    ["`batchSize` must be a whole number from 100 to 100,000", { path: "x", batchSize: 1000.5 }],
    ["`onFailedPage` must be one of finish, stop, skip", { path: "x", onFailedPage: "ignore" }],
    ["`onWarning` must be a function", { path: "x", onWarning: "log" }],
    ["`table` must be text that is not empty", { path: "x", table: "" }],
    ["`schema` must be text that is not empty", { path: "x", schema: 1 }],
    ["`table` must not be the table that keeps the records of exports", { path: "x", table: "_Engage_Exports" }],
  ])("an option is refused before anything is opened: %s", async (rule, options) => {
    await expect(duckdbSink(options as DuckDBSinkOptions)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(`Cannot open the sink, ${rule}`),
    });
    expect(existsSync("x")).toBe(false);
  });
});
