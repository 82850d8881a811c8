import { execFileSync } from "node:child_process";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { csvFile, type DuckDBSink, duckdbSink, parquetFile, readCheckpoint } from "../../../src/duckdb.ts";
import * as descriptors from "../../../src/sink/duckdb/open-descriptors.ts";
import {
  exportPages,
  memoryDatabase,
  profilesIn,
  rowsOf,
  tablesIn,
  temporaryDatabase,
} from "../../helpers/database.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const page = pageOf(sessionOf(3), 0, ["a", "b", "c"]);
let asked = vi.fn<typeof fetch>();

beforeEach(() => {
  asked = vi.spyOn(globalThis, "fetch");
});

afterEach(() => expect(asked).not.toHaveBeenCalled());

/** A host that has a database open in an instance of its own, with rows that are not in the file yet. */
async function hostWith(path: string) {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run("CREATE TABLE IF NOT EXISTS mine AS SELECT 1 AS a");
  return connection;
}

const OTHER_INSTANCE = {
  code: "locked",
  message: expect.stringMatching(/^Cannot open the database, this process has it open in another instance of DuckDB/),
};

describe("a file that this process has open in another instance", () => {
  test("is refused before anything is written, and the host's rows stay", async () => {
    const path = await temporaryDatabase();
    const host = await hostWith(path);
    for (const mode of ["create", "append", "replace", "resume"] as const) {
      await expect(duckdbSink({ path, mode })).rejects.toMatchObject(OTHER_INSTANCE);
    }
    await expect(readCheckpoint(path)).rejects.toMatchObject(OTHER_INSTANCE);
    await host.run("INSERT INTO mine VALUES (2); CHECKPOINT");
    expect(await rowsOf(host, "SELECT count(*) FROM mine")).toEqual([[2n]]);
  });

  test.each([
    ["a symbolic link", symlinkSync],
    ["a hard link", linkSync],
    ["another name", renameSync],
  ])("is known by %s", async (_, link) => {
    const path = await temporaryDatabase();
    await hostWith(path);
    const other = join(dirname(path), "other.duckdb");
    link(path, other);
    await expect(duckdbSink(other)).rejects.toMatchObject(OTHER_INSTANCE);
  });

  test("is refused too if it is attached there, and if the sink's own connection has it attached", async () => {
    const path = await temporaryDatabase();
    await rowsOf(path, "CREATE TABLE mine (a INTEGER)");
    const host = await memoryDatabase();
    await host.run(`ATTACH '${path}' AS theirs`);
    await expect(duckdbSink(path)).rejects.toMatchObject(OTHER_INSTANCE);
    const connection = await memoryDatabase();
    await connection.run(`ATTACH '${path}' AS ours`);
    await expect(duckdbSink({ connection, catalog: "ours" })).rejects.toMatchObject(OTHER_INSTANCE);
  });

  test("fails the export if it was opened while the export ran, and nothing is called written", async () => {
    const path = await temporaryDatabase();
    const { error, result } = await exportPages({ path }, async function* () {
      yield page;
      await hostWith(path);
    });
    expect(error).toMatchObject(OTHER_INSTANCE);
    expect(result).toBeUndefined();
  });

  test("is found by its rows after publishing if the system does not tell", async () => {
    const path = await temporaryDatabase();
    vi.spyOn(descriptors, "openDescriptors").mockReturnValue(undefined);
    const { error } = await exportPages({ path }, [page]);
    expect(error).toBeUndefined();
    const { error: lost } = await exportPages({ path, mode: "append" }, async function* (sink: DuckDBSink) {
      yield page;
      // Stands for a host whose next checkpoint overwrites the file.
      sink.result.catch(() => {});
      await rowsOf(path, "DELETE FROM profiles; CHECKPOINT");
      const before = readFileSync(path);
      const close = DuckDBInstance.prototype.closeSync;
      vi.spyOn(DuckDBInstance.prototype, "closeSync").mockImplementationOnce(function (this: DuckDBInstance) {
        close.call(this);
        writeFileSync(path, before);
        rmSync(`${path}.wal`, { force: true });
      });
    });
    expect(lost).toMatchObject({ code: "write-failed", message: expect.stringContaining("has overwritten") });
  });
});

test("an instance that a host opened by fromCache is shared, keeps its settings, and any link leads to it", async () => {
  const path = await temporaryDatabase();
  const instance = await DuckDBInstance.fromCache(path);
  const connection = await instance.connect();
  onTestFinished(() => {
    connection.closeSync();
    instance.closeSync();
  });
  await connection.run("CREATE TABLE mine AS SELECT 1 AS a; SET autoload_known_extensions = true");
  const settings = () => rowsOf(connection, "SELECT name, value FROM duckdb_settings() ORDER BY name");
  const before = await settings();
  const link = join(dirname(path), "link.duckdb");
  symlinkSync(path, link);
  const { error } = await exportPages({ path: link }, async function* () {
    expect(await settings()).toEqual(before);
    yield page;
  });
  expect(error).toBeUndefined();
  expect(await rowsOf(connection, "SELECT count(*) FROM profiles")).toEqual([[3n]]);
});

test("a file is refused, and not waited for, while a connection to it outlives its instance", async () => {
  const path = await temporaryDatabase();
  const instance = await DuckDBInstance.fromCache(path);
  const connection = await instance.connect();
  await connection.run("CREATE TABLE mine AS SELECT 1 AS a");
  instance.closeSync();
  const late = new AbortController();
  const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValue(late.signal);
  onTestFinished(() => timeout.mockRestore());
  const refused = errorOf(() => duckdbSink(path));
  while (timeout.mock.calls.length === 0) await new Promise((resolve) => setImmediate(resolve));
  late.abort();
  const message = `Cannot open the database, this process has a connection to it whose instance is closed; close it too: ${path}`;
  expect(await refused).toMatchObject({ code: "locked", message });
  connection.closeSync();
  expect((await exportPages({ path }, [page])).error).toBeUndefined();
});

test("whoever shares the sink's instance has DuckDB's own settings when the sink has ended", async () => {
  const settings =
    "SELECT name, value FROM duckdb_settings() WHERE regexp_matches(name, '^auto(load|install)|^checkpoint_threshold') ORDER BY name";
  const expected = await rowsOf(await memoryDatabase(), settings);
  const path = await temporaryDatabase();
  const sink = await duckdbSink(path);
  const instance = await DuckDBInstance.fromCache(path);
  const connection = await instance.connect();
  expect(await rowsOf(connection, settings)).toContainEqual(["autoload_known_extensions", "false"]);
  await sink.close();
  expect(await rowsOf(connection, settings)).toEqual(expected);
  connection.closeSync();
  instance.closeSync();
});

test("a file that the process merely reads is no second instance", async () => {
  const path = await temporaryDatabase();
  await rowsOf(path, "CREATE TABLE mine (a INTEGER)");
  const { open } = await import("node:fs/promises");
  const file = await open(path);
  expect((await exportPages({ path }, [page])).error).toBeUndefined();
  await file.close();
});

describe("a path that is no DuckDB file", () => {
  test.each([
    ["a_10:30.duckdb", "put ./ before the name of a file"],
    ["md:profiles", "an extension or a protocol"],
    ["http://example.com/profiles.duckdb", "an extension or a protocol"],
    ["s3://bucket/profiles.duckdb", "an extension or a protocol"],
    ["sqlite:profiles.db", "an extension or a protocol"],
    [":memory:", "what is in memory ends with the sink"],
    [":memory:named", "what is in memory ends with the sink"],
    ["folder/", "not a directory"],
  ])("is refused by its name: %s", async (path, reason) => {
    const error = await errorOf(() => duckdbSink(path));
    expect(error).toMatchObject({ code: "usage", option: "path", message: expect.stringContaining(reason) });
    await expect(readCheckpoint(path)).rejects.toMatchObject({ code: "usage" });
  });

  test("is refused in a directory whose name DuckDB cuts at a question mark", async () => {
    const directory = `${temporaryDirectory()}/a?b`;
    mkdirSync(directory);
    for (const open of [duckdbSink, parquetFile, csvFile]) {
      const error = await errorOf(() => open({ path: `${directory}/profiles` }));
      expect(error).toMatchObject({ code: "usage", message: expect.stringContaining("name holds a ?") });
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  test.each([
    ["a directory", (path: string) => mkdirSync(path)],
    ["a pipe or a device", (path: string) => execFileSync("mkfifo", [path])],
  ])("is refused if it is %s", async (kind, make) => {
    const path = await temporaryDatabase();
    make(path);
    const message = `Cannot open the sink, \`path\` must be a file, not ${kind}: ${JSON.stringify(path)}`;
    await expect(duckdbSink(path)).rejects.toMatchObject({ code: "usage", option: "path", message });
  });

  test.each([
    ["an SQLite database", "SQLite format 3\0 and more", "the file is an SQLite database"],
    ["a Parquet file", "PAR1 and more", "the file is a Parquet file"],
    ["text", "id,name\n", "the file is no DuckDB database"],
    ["empty", "", "the file is empty"],
  ])("is refused if it is %s, and stays as it is", async (_, content, reason) => {
    const path = await temporaryDatabase("app.db");
    writeFileSync(path, content);
    const message = `Cannot open the database, ${reason}; choose another file: ${path}`;
    await expect(duckdbSink({ path, mode: "replace" })).rejects.toMatchObject({ code: "table-mismatch", message });
    expect(readFileSync(path, "latin1")).toBe(content);
  });

  test("may be one with a colon if that is behind a slash", async () => {
    const path = await temporaryDatabase("a_10:30.duckdb");
    expect((await exportPages({ path }, [page])).error).toBeUndefined();
    expect(await profilesIn(path)).toHaveLength(3);
  });
});

describe("a file that the sink makes", () => {
  test("is made where a dangling link leads to, and the link stays one", async () => {
    const path = await temporaryDatabase();
    const link = join(dirname(path), "link.duckdb");
    symlinkSync("profiles.duckdb", link);
    expect((await exportPages({ path: link }, [page])).error).toBeUndefined();
    expect(await profilesIn(path)).toHaveLength(3);
    expect(readdirSync(dirname(path)).sort()).toEqual(["link.duckdb", "profiles.duckdb"]);
  });

  test("takes nothing from the log of a database that was deleted", async () => {
    const old = await temporaryDatabase("old.duckdb");
    const path = join(dirname(old), "new.duckdb");
    const host = await hostWith(old);
    writeFileSync(`${path}.wal`, readFileSync(`${old}.wal`));
    expect((await exportPages({ path }, [page])).error).toBeUndefined();
    expect(await tablesIn(path)).toEqual(["_engage_exports", "profiles"]);
    await host.run("CHECKPOINT");
  });

  test("is not made if its directory is missing", async () => {
    const path = join(temporaryDirectory(), "none", "profiles.duckdb");
    await expect(duckdbSink(path)).rejects.toMatchObject({
      code: "write-failed",
      message: expect.stringContaining("its directory is missing; create it first"),
    });
    expect(existsSync(path)).toBe(false);
  });
});
