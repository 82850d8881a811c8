import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { type DuckDBSinkOptions, duckdbSink } from "../../../src/duckdb.ts";
import { type ProfileRow, profileRow } from "../../../src/page/profile-row.ts";
import { ProfileColumns } from "../../../src/sink/columns/profile-columns.ts";
import { databaseFile } from "../../../src/sink/duckdb/database-file.ts";
import { DuckDBEngine } from "../../../src/sink/duckdb/duckdb-engine.ts";
import { createProfileTable } from "../../../src/sink/table/profile-table.ts";
import { DuplicateKeyError, inTransaction, type TableAppender } from "../../../src/sink/table/table-engine.ts";
import {
  exportPages,
  memoryDatabase,
  rowsOf,
  tablesIn,
  temporaryDatabase,
  withDatabase,
} from "../../helpers/database.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";

const name = { catalog: "profiles", schema: "main", table: "loading" };
const rows = (ids: readonly string[]) =>
  new ProfileColumns().fill(ids.map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: {} })));

/** Works on an engine with an empty table `loading` and an appender to it, and returns what is in the table afterwards. */
async function idsAfter(work: (engine: DuckDBEngine, appender: TableAppender) => Promise<void>): Promise<string> {
  const path = await temporaryDatabase();
  const engine = await DuckDBEngine.open(databaseFile(path));
  await engine.query(createProfileTable(name, "JSON"));
  const appender = await engine.appender(name);
  try {
    await work(engine, appender);
  } finally {
    appender.close();
    await engine.close();
  }
  return (await rowsOf(path, "SELECT distinct_id FROM loading ORDER BY 1")).join();
}

test("an id that is there already rejects, and only the rows of that transaction are gone", async () => {
  const ids = await idsAfter(async (engine, appender) => {
    await inTransaction(engine, () => appender.append(rows(["a", "b"])));
    const repeated = inTransaction(engine, () => appender.append(rows(["c", "a"])));
    await expect(repeated).rejects.toThrow(DuplicateKeyError);
    await inTransaction(engine, () => appender.append(rows(["d"])));
  });
  expect(ids).toBe("a,b,d");
});

test("an id that comes twice in one append rejects in the same way", async () => {
  const ids = await idsAfter(async (engine, appender) => {
    const twice = inTransaction(engine, () => appender.append(rows(["a", "a"])));
    await expect(twice).rejects.toThrow(DuplicateKeyError);
  });
  expect(ids).toBe("");
});

test("closing after a failed append inserts nothing", async () => {
  const ids = await idsAfter(async (engine, appender) => {
    await appender.append(rows(["a"]));
    await engine.query("BEGIN TRANSACTION");
    await expect(appender.append(rows(["b", "a"]))).rejects.toThrow(DuplicateKeyError);
    await engine.query("ROLLBACK");
  });
  expect(ids).toBe("a");
});

test("rows beyond what the appender flushes by itself belong to the same transaction", async () => {
  const many = Array.from({ length: 204_801 }, (_, index) => `id-${index}`);
  const ids = await idsAfter(async (engine, appender) => {
    const repeated = inTransaction(engine, () => appender.append(rows([...many, "id-0"])));
    await expect(repeated).rejects.toThrow(DuplicateKeyError);
    await inTransaction(engine, () => appender.append(rows(["after"])));
  });
  expect(ids).toBe("after");
});

test("a connection of another copy of DuckDB takes the same rows, one value after the other", async () => {
  const connection = await memoryDatabase();
  const others = {
    run: (...args: Parameters<typeof connection.run>) => connection.run(...args),
    createAppender: (...args: Parameters<typeof connection.createAppender>) => connection.createAppender(...args),
  } as DuckDBConnection;
  const profiles = ["a\0b", "ünï😀"].map((distinctId, index) =>
    profileRow({ distinctId, lastSeen: index === 0 ? null : "2024-01-01T00:00:00.5", properties: { text: "\0é" } }),
  );
  const page = pageOf(sessionOf(2), 0, profiles);
  const { result } = await exportPages({ connection: others }, [page]);
  expect(result?.totalRows).toBe(2);
  expect(
    await rowsOf(connection, "SELECT distinct_id, epoch_us(last_seen), properties->>'text' FROM profiles"),
  ).toEqual([
    ["a\0b", null, "\0é"],
    ["ünï😀", BigInt(Date.UTC(2024, 0, 1)) * 1000n + 500_000n, "\0é"],
  ]);
});

test("a file that is open elsewhere in this process keeps the rows of both", async () => {
  const path = await temporaryDatabase();
  await withDatabase(path, async (connection) => {
    await connection.run("CREATE TABLE mine (a INTEGER)");
    await exportPages({ path }, [pageOf(sessionOf(2), 0, ["a", "b"])]);
    await connection.run("INSERT INTO mine VALUES (1)");
    expect(await rowsOf(connection, "SELECT count(*) FROM profiles")).toEqual([[2n]]);
  });
  expect(await rowsOf(path, "SELECT (SELECT count(*) FROM profiles), (SELECT count(*) FROM mine)")).toEqual([[2n, 1n]]);
});

test("a transaction that somebody else has open does not fail the export", async () => {
  const path = await temporaryDatabase();
  await withDatabase(path, async (connection) => {
    await connection.run("CREATE TABLE mine (a INTEGER)");
    await connection.run("BEGIN");
    await connection.run("INSERT INTO mine VALUES (1)");
    const { error, result } = await exportPages({ path }, [pageOf(sessionOf(2), 0, ["a", "b"])]);
    expect([error, result?.totalRows]).toEqual([undefined, 2]);
    await connection.run("COMMIT");
  });
  expect(await rowsOf(path, "SELECT (SELECT count(*) FROM profiles), (SELECT count(*) FROM mine)")).toEqual([[2n, 1n]]);
});

test("exports into two tables of one file run side by side", async () => {
  const path = await temporaryDatabase();
  const session = sessionOf(400, { pageSize: 100 });
  const pages = [0, 1, 2, 3].map((page) =>
    pageOf(
      session,
      page,
      Array.from({ length: 100 }, (_, id) => `${page}-${id}`),
    ),
  );
  const outcomes = await Promise.all(
    ["users", "groups"].map((table) => exportPages({ path, table, batchSize: 100 }, pages)),
  );
  expect(outcomes.map(({ error, result }) => [error, result?.totalRows])).toEqual([
    [undefined, 400],
    [undefined, 400],
  ]);
});

const hundred = (of: string) => Array.from({ length: 100 }, (_, row) => `${of}-${row}`);
const SECOND = {
  code: "locked",
  message: expect.stringMatching(
    /^Cannot write, another export of this process writes into that table; .+: profiles$/i,
  ),
};

/** A sink over a database that has written a page. */
async function begunSink(options: DuckDBSinkOptions) {
  const sink = await duckdbSink({ batchSize: 100, ...options });
  const writer = sink.getWriter();
  writer.closed.catch(() => {});
  await writer.write(pageOf(sessionOf(200, { pageSize: 100 }), 0, hundred("first")));
  return { sink, writer };
}

test.each(["create", "append", "replace", "resume"] as const)(
  "a second export into the table of one that runs is refused with mode %s, in any case of its name",
  async (mode) => {
    const path = await temporaryDatabase();
    const { writer, sink } = await begunSink({ path });
    await expect(duckdbSink({ path, mode, table: "PROFILES" })).rejects.toMatchObject(SECOND);
    await writer.write(pageOf(sessionOf(200, { pageSize: 100 }), 1, hundred("second")));
    await writer.close();
    expect(await sink.result).toMatchObject({ totalRows: 200, complete: true });
    await (await duckdbSink({ path, mode: "replace", table: "PROFILES" })).abort(new Error("stop"));
  },
);

test("of two sinks that were opened before either had a page, the second that begins is refused", async () => {
  const connection = await memoryDatabase();
  const [first, second] = [await duckdbSink({ connection }), await duckdbSink({ connection, batchSize: 100 })];
  const writer = second.getWriter();
  writer.closed.catch(() => {});
  await writer.write(pageOf(sessionOf(100, { pageSize: 100 }), 0, hundred("second")));
  await expect(first.close()).rejects.toMatchObject(SECOND);
  await writer.close();
  expect(await second.result).toMatchObject({ totalRows: 100, complete: true });
});

test("of two sinks that would resume the same export, the second that begins is refused", async () => {
  const connection = await memoryDatabase();
  const { writer } = await begunSink({ connection });
  await writer.abort(new Error("killed"));
  const open = () => duckdbSink({ connection, mode: "resume" });
  const [first, second] = [await open(), await open()];
  const done = second.getWriter();
  await done.write(pageOf(sessionOf(200, { pageSize: 100 }), 1, hundred("more")));
  await done.close();
  await expect(first.close()).rejects.toMatchObject(SECOND);
  expect(await second.result).toMatchObject({ totalRows: 200, complete: true });
});

test("two sinks that begin at the same moment leave one of them to go on", async () => {
  const path = await temporaryDatabase();
  const sinks = [await duckdbSink(path), await duckdbSink(path)];
  const page = pageOf(sessionOf(100, { pageSize: 100 }), 0, hundred("a"));
  const ends = await Promise.allSettled(
    sinks.map(async (sink) => {
      const writer = sink.getWriter();
      writer.closed.catch(() => {});
      await writer.write(page);
      await writer.close();
    }),
  );
  const failures = ends.filter((end) => end.status === "rejected").map(({ reason }) => reason);
  expect(failures).toMatchObject([{ code: expect.stringMatching(/^(locked|table-exists)$/) }]);
  expect(await rowsOf(path, "SELECT count(*) FROM profiles")).toEqual([[100n]]);
});

test("an export whose record was deleted ends in words, and publishes nothing", async () => {
  const connection = await memoryDatabase();
  const { writer } = await begunSink({ connection });
  await connection.run("DELETE FROM _engage_exports");
  await expect(writer.close()).rejects.toMatchObject({
    code: "write-failed",
    message: "Cannot go on, the record of this export was deleted; export again: profiles",
  });
  expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles__loading"]);
});

test("between pages a caller's connection is in no transaction", async () => {
  const connection = await memoryDatabase();
  const sink = await duckdbSink({ connection, batchSize: 100 });
  const writer = sink.getWriter();
  sink.result.catch(() => {});
  await writer.write(pageOf(sessionOf(200), 0, hundred("a")));
  await connection.run("BEGIN");
  await connection.run("CREATE TABLE mine (a INTEGER)");
  await connection.run("COMMIT");
  await writer.abort(new Error("stop"));
  expect(await tablesIn(connection)).toContain("mine");
});

test("nothing is open when the result is there, nor after a sink that could not be opened", async () => {
  const path = await temporaryDatabase();
  // A configuration of its own is refused as long as the file is open with another.
  const reopen = async () => (await DuckDBInstance.fromCache(path, { access_mode: "READ_ONLY" })).closeSync();
  await exportPages({ path }, [pageOf(sessionOf(1), 0, ["a"])]);
  await reopen();
  await expect(exportPages({ path }, [])).rejects.toMatchObject({ code: "table-exists" });
  await reopen();
  await exportPages({ path, table: "other" }, [pageOf(sessionOf(1), 0, ["a"])], new Error("stop"));
  await reopen();
});

test("hostile values stay as they are, and every row answers ->>", async () => {
  const texts = [
    `{"n":9007199254740993,"m":123456789012345678901234567890,"x":1.0,"y":1E+2,"z":-0.0}`,
    String.raw`{"slash":"\/","sep":"\u2028 ","nul":"\u0000 after","pair":"\ud83d\ude00😀"}`,
    `{"$email":"a","email":"b","Email":"c","":"d","a.b":"e","q\\"":"f","__proto__":{"x":1}}`,
    String.raw`{"brackets":"}]{[\"","deep":[[[[{"a":[null,true]}]]]],"<null>":"<undefined>","back":"\\ud83d"}`,
    `{"big":"${"x".repeat(1_000_000)}"}`,
    "{}",
  ];
  const ids = ["a\0b", "a\0c", "'; DROP TABLE profiles; --", '"', " ", "9".repeat(30), "ünï😀"];
  const path = await temporaryDatabase();
  const rows = texts.map((text, index) => rawRow(ids[index] ?? "", text));
  const idsOnly = rawRow(ids.at(-1) ?? "", "{}");
  await exportPages({ path }, [pageOf(sessionOf(7), 0, [...rows, idsOnly])]);
  const stored = await rowsOf(path, "SELECT distinct_id, properties FROM profiles");
  expect(new Map(stored as [string, string][])).toEqual(new Map(ids.map((id, index) => [id, texts[index] ?? "{}"])));
  const answers = await rowsOf(
    path,
    `SELECT properties->>'$."$email"', properties->>'nul' FROM profiles WHERE json_valid(properties)`,
  );
  expect(answers).toHaveLength(7);
  expect(answers).toEqual(
    expect.arrayContaining([
      ["a", null],
      [null, "\0 after"],
    ]),
  );
});

/** A row whose properties are exactly this text. */
function rawRow(distinctId: string, json: string): ProfileRow {
  const built = profileRow({ distinctId, lastSeen: null, properties: { toJSON: () => ({}) } });
  return Object.defineProperty(built, "propertiesJson", { value: json });
}
