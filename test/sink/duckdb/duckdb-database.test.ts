import { existsSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { expect, test, vi } from "vitest";
import { duckdbSink, readCheckpoint } from "../../../src/duckdb.ts";
import { profileRow } from "../../../src/page/profile-row.ts";
import { profileJson } from "../../../src/simulator/profiles/profile-json.ts";
import * as making from "../../../src/sink/duckdb/make-database.ts";
import {
  exportPages,
  memoryDatabase,
  profilesIn,
  rowsOf,
  tablesIn,
  temporaryDatabase,
  withDatabase,
} from "../../helpers/database.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(6);
const [first, second] = [pageOf(session, 0, ["a", "b", "c"]), pageOf(session, 1, ["c", "d", "d"])] as const;

/** A connection to a database in memory, to which a file is attached as `other`. */
async function attached(path: string, options = "") {
  const connection = await memoryDatabase();
  await connection.run(`ATTACH '${path}' AS other ${options}`);
  return connection;
}

test("a table may be in an attached database, and everything of the export is there with it", async () => {
  const path = await temporaryDatabase();
  const connection = await attached(path);
  const { result } = await exportPages({ connection, catalog: "OTHER" }, [first, second]);
  expect(result).toMatchObject({ totalRows: 4, duplicateProfiles: 2 });
  const { error } = await exportPages({ connection, catalog: "other", mode: "append" }, [
    first,
    failedPage(session, 1),
  ]);
  expect(error).toMatchObject({ code: "incomplete" });
  expect(await readCheckpoint({ connection, catalog: "other" })).toMatchObject({ failedPages: [1] });
  await exportPages({ connection, catalog: "other", mode: "resume" }, [second]);
  await exportPages({ connection, catalog: "other", mode: "replace" }, [first, second]);
  expect(existsSync(`${path}.wal`)).toBe(false);
  const tables = "SELECT database_name, table_name FROM duckdb_tables() ORDER BY ALL";
  expect(await rowsOf(connection, tables)).toEqual([
    ["other", "_engage_exports"],
    ["other", "profiles"],
  ]);
  await connection.run("DETACH other");
  expect(await profilesIn(path)).toHaveLength(4);
});

test("a table may be in another schema", async () => {
  const path = await temporaryDatabase();
  await rowsOf(path, 'CREATE SCHEMA "my schema"');
  await exportPages({ path, schema: "my schema" }, [first, second]);
  expect(await rowsOf(path, 'SELECT count(*) FROM "my schema".profiles')).toEqual([[4n]]);
  expect(await rowsOf(path, 'SELECT count(*) FROM "my schema"._engage_exports')).toEqual([[1n]]);
});

test("the schema in use is the default one", async () => {
  const path = await temporaryDatabase();
  await withDatabase(path, async (connection) => {
    await connection.run("CREATE SCHEMA mine");
    await connection.run("USE mine");
    await exportPages({ connection }, [first, second]);
    expect(await rowsOf(connection, "SELECT count(*) FROM mine.profiles")).toEqual([[4n]]);
  });
});

test.each([`my "profiles"; DROP TABLE x; --`, "a.ünï 😀"])("a table may be called %s", async (table) => {
  const path = await temporaryDatabase();
  await exportPages({ path, table }, [first, failedPage(session, 1)]);
  await exportPages({ path, table, mode: "resume" }, [second]);
  await exportPages({ path, table, mode: "append" }, [first, second]);
  await exportPages({ path, table, mode: "replace" }, [first, second]);
  expect(await tablesIn(path)).toEqual(["_engage_exports", table]);
  expect(await profilesIn(path, table)).toHaveLength(4);
});

test.each([
  "main.duckdb",
  "temp.duckdb",
  "memory.duckdb",
  "system.duckdb",
  "pg_catalog.db",
  "information_schema.db",
  "a b.c.duckdb",
  "it's.db",
])("a file may be called %s", async (name) => {
  const path = await temporaryDatabase(name);
  await exportPages({ path }, [first, second]);
  expect(await profilesIn(path)).toHaveLength(4);
});

test("a caller's connection is left open, and as it was", async () => {
  const path = await temporaryDatabase();
  await withDatabase(path, async (connection) => {
    const settings = "SELECT name, value FROM duckdb_settings() ORDER BY name";
    const before = await rowsOf(connection, settings);
    await exportPages({ connection }, [first, second]);
    await expect(duckdbSink({ connection })).rejects.toMatchObject({ code: "table-exists" });
    await exportPages({ connection, mode: "append", onFailedPage: "stop" }, [first, failedPage(session, 1)]);
    await exportPages({ connection, mode: "resume" }, [], new Error("stop"));
    expect(await rowsOf(connection, settings)).toEqual(before);
    await connection.run("BEGIN");
    await connection.run("COMMIT");
  });
});

test("a connection with a transaction open is refused in words", async () => {
  const path = await temporaryDatabase();
  await withDatabase(path, async (connection) => {
    await connection.run("BEGIN");
    const { error } = await exportPages({ connection }, [first]);
    expect(error).toMatchObject({ code: "write-failed", message: expect.stringContaining("end that first") });
  });
});

test("a catalog or schema that is not there is refused", async () => {
  const path = await temporaryDatabase();
  const none = { code: "table-not-found", message: expect.stringMatching(/no such schema.*: nowhere.main$/) };
  await expect(duckdbSink({ path, catalog: "nowhere" })).rejects.toMatchObject(none);
  await expect(duckdbSink({ path, schema: "nowhere" })).rejects.toMatchObject({ code: "table-not-found" });
});

test("a database that is attached read-only is refused", async () => {
  const path = await temporaryDatabase();
  await rowsOf(path, "CREATE TABLE x (a INTEGER)");
  const connection = await attached(path, "(READ_ONLY)");
  await expect(duckdbSink({ connection, catalog: "other" })).rejects.toMatchObject({
    code: "write-failed",
    message: "Cannot export, the database is read-only: other.main",
  });
});

/** How the properties lie in the file, and which versions of DuckDB can read it. */
async function storageOf(path: string) {
  const compression = `SELECT DISTINCT compression FROM pragma_storage_info('profiles')
    WHERE column_name = 'properties' AND segment_type <> 'VALIDITY'`;
  const version = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE path IS NOT NULL";
  return { compressions: (await rowsOf(path, compression)).flat(), versions: (await rowsOf(path, version)).flat() };
}

const long = pageOf(
  sessionOf(1),
  0,
  Array.from({ length: 3_000 }, (_, id) =>
    profileRow({
      distinctId: String(id),
      lastSeen: null,
      properties: { note: `${"a profile of many words ".repeat(20)}${id}` },
    }),
  ),
);

const zstd = { compressions: ["ZSTD"], versions: ["v1.2.0+"] };

test("a file that the sink makes keeps properties as zstd, which DuckDB 1.2 can read", async () => {
  const path = await temporaryDatabase();
  await exportPages({ path }, [long]);
  expect(await storageOf(path)).toEqual(zstd);
});

test("properties are kept as zstd too where pages failed, where they came later, and where the session changed", async () => {
  const path = await temporaryDatabase();
  const two = sessionOf(3_001, { pageSize: 3_000 });
  await exportPages({ path }, [{ ...long, session: two }, failedPage(two, 1)]);
  expect(await storageOf(path)).toEqual(zstd);
  await exportPages({ path, mode: "resume" }, [pageOf(two, 1, ["last"])]);
  expect(await storageOf(path)).toEqual(zstd);
  const other = { ...long, session: sessionOf(3_000, { sessionId: "session-2", pageSize: 3_000 }) };
  await exportPages({ path, mode: "replace" }, [first, other]);
  expect(await storageOf(path)).toEqual(zstd);
});

test("a file that was there stays readable to the versions of DuckDB that could read it", async () => {
  const path = await temporaryDatabase();
  await rowsOf(path, "CREATE TABLE mine (a INTEGER)");
  await exportPages({ path }, [long]);
  const { compressions, versions } = await storageOf(path);
  expect(versions).toEqual(["v1.0.0+"]);
  expect(compressions).not.toEqual([]);
  expect(compressions).not.toContain("ZSTD");
});

test("a file that the sink makes is shared with whoever opens it in this process meanwhile", async () => {
  const path = await temporaryDatabase();
  const sink = await duckdbSink(path);
  await withDatabase(path, async (connection) => {
    await connection.run("CREATE TABLE mine AS SELECT 1 AS a");
    const writer = sink.getWriter();
    await writer.write(first);
    await writer.close();
    expect(await rowsOf(connection, "SELECT count(*) FROM profiles")).toEqual([[3n]]);
  });
  expect(await tablesIn(path)).toEqual(["_engage_exports", "mine", "profiles"]);
});

test("a file that somebody else makes at the same moment stays theirs too", async () => {
  for (let round = 0; round < 5; round++) {
    const path = await temporaryDatabase();
    const [instance, sink] = await Promise.all([DuckDBInstance.fromCache(path), duckdbSink(path)]);
    const theirs = await instance.connect();
    await theirs.run("CREATE TABLE mine AS SELECT 1 AS a");
    await sink.close();
    await theirs.run("INSERT INTO mine VALUES (2)");
    theirs.closeSync();
    instance.closeSync();
    const counts = "SELECT (SELECT count(*) FROM mine), (SELECT count(*) FROM profiles)";
    expect(await rowsOf(path, counts)).toEqual([[2n, 0n]]);
  }
});

test("a file that was deleted while somebody has it open is not written to", async () => {
  const path = await temporaryDatabase();
  await withDatabase(path, async (connection) => {
    await connection.run("CREATE TABLE mine (a INTEGER)");
    await rm(path);
    await expect(duckdbSink(path)).rejects.toMatchObject({
      code: "write-failed",
      message: `Cannot open the database, its file was deleted while this process has it open; close it first: ${path}`,
    });
    expect(await rowsOf(connection, "SELECT count(*) FROM mine")).toEqual([[0n]]);
  });
  await (await duckdbSink(path)).close();
  expect(await tablesIn(path)).toEqual(["_engage_exports", "profiles"]);
});

test("a file that could not be opened is let go of", async () => {
  const path = await temporaryDatabase();
  vi.spyOn(DuckDBConnection.prototype, "run").mockImplementation(async (sql) => {
    if (sql.startsWith("SET")) throw new Error("no");
    throw new Error(`unexpected: ${sql}`);
  });
  await rowsOf(path, "CREATE TABLE mine (a INTEGER)").catch(() => {});
  // One that stays open shows only as long as the garbage collector does not find it.
  const closes = vi.spyOn(DuckDBConnection.prototype, "closeSync");
  await expect(duckdbSink(path)).rejects.toMatchObject({ code: "write-failed" });
  expect(closes).toHaveBeenCalledTimes(1);
});

test.each(["profiles.duckdb/", "./"])("a path that ends with a slash names no file: %s", async (path) => {
  await expect(duckdbSink(path)).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("`path`") });
});

test("a file that many sinks want to make is made once", async () => {
  const path = await temporaryDatabase();
  const makes = vi.spyOn(making, "makeDatabase");
  const sinks = await Promise.all(Array.from({ length: 8 }, (_, nth) => duckdbSink({ path, table: `t${nth}` })));
  await Promise.all(sinks.map((sink) => sink.close()));
  expect(makes).toHaveBeenCalledTimes(1);
  expect(await tablesIn(path)).toHaveLength(9);
});

test("a file in the home directory is found where DuckDB finds it", async () => {
  const path = await temporaryDatabase();
  vi.stubEnv("HOME", dirname(path));
  const makes = vi.spyOn(making, "makeDatabase");
  await exportPages({ path: "~/profiles.duckdb" }, [first]);
  const { error } = await exportPages({ path: "~/profiles.duckdb", mode: "append" }, [second]);
  expect(error).toBeUndefined();
  expect(await readCheckpoint("~/profiles.duckdb")).toBeUndefined();
  expect(makes).toHaveBeenCalledTimes(1);
  expect(await profilesIn(path)).toHaveLength(4);
});

test("a file that the sink makes is brought up to date whenever a row group is full", async () => {
  const path = await temporaryDatabase();
  const session = sessionOf(250_000, { pageSize: 50_000 });
  const run = vi.spyOn(DuckDBConnection.prototype, "run");
  const checkpoints: number[] = [];
  await exportPages({ path }, async function* () {
    for (let page = 0; page < 5; page++) {
      yield pageOf(
        session,
        page,
        Array.from({ length: 50_000 }, (_, row) => `${page}-${row}`),
      );
      checkpoints.push(run.mock.calls.filter(([sql]) => sql.startsWith("CHECKPOINT")).length);
    }
  });
  expect(checkpoints).toEqual([0, 0, 1, 1, 2]);
});

test("one failed page leaves a file at most 1.3 times as large as without it", async () => {
  const session = sessionOf(12_000, { pageSize: 1_000 });
  const pages = Array.from({ length: 12 }, (_, page) =>
    pageOf(
      session,
      page,
      Array.from({ length: 1_000 }, (_, row) => {
        const { $distinct_id, $properties } = JSON.parse(profileJson(1, page * 1_000 + row));
        return profileRow({ distinctId: String($distinct_id), lastSeen: null, properties: $properties ?? {} });
      }),
    ),
  );
  const [whole, partial] = [await temporaryDatabase(), await temporaryDatabase()];
  await exportPages({ path: whole }, pages);
  await exportPages(
    { path: partial },
    pages.map((page, index) => (index === 5 ? failedPage(session, 5) : page)),
  );
  expect(await rowsOf(partial, "SELECT count(*) > 10000 FROM profiles")).toEqual([[true]]);
  expect(statSync(partial).size).toBeLessThan(1.3 * statSync(whole).size);
});
