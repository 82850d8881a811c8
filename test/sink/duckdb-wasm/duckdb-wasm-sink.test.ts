import { describe, expect, test, vi } from "vitest";
import { duckdbWasmSink, type TableSinkOptions } from "../../../src/duckdb-wasm.ts";
import { profileRow } from "../../../src/page/profile-row.ts";
import {
  exportInto,
  exportPages,
  memoryDatabase,
  type Outcome,
  rowsOf,
  temporaryDatabase,
} from "../../helpers/database.ts";
import { wasmDatabase, wasmRows } from "../../helpers/duckdb-wasm.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(9);
const [first, second, third] = [
  pageOf(session, 0, ["a", "b", "c"]),
  pageOf(session, 1, ["d", "e", "f"]),
  pageOf(session, 2, ["g", "h", "i"]),
] as const;
const withGap = [first, failedPage(session, 1), third];
const another = sessionOf(4, { sessionId: "session-2" });
const dated = sessionOf(3, { answeredAt: "2026-11-29T00:00:00.000Z" });
const updating = sessionOf(2, {
  ...dated,
  sessionId: "session-2",
  query: { ...dated.query, updatedSince: "2026-11-27T00:00:00", chosen: ["updatedSince"] },
});
const fifty = Array.from({ length: 50 }, (_, index) => `id-${index}`);
const hostile = [
  profileRow({ distinctId: "日本 \0 '; DROP TABLE profiles; --", lastSeen: null, properties: { "": [], "a.b": null } }),
  profileRow({ distinctId: '"', lastSeen: "2024-02-29T23:59:60", properties: { $last_seen: 1 } }),
  profileRow({ distinctId: "\ud800", lastSeen: "infinity", properties: {} }),
  profileRow({
    distinctId: "x",
    lastSeen: "0001-01-01T00:00:00.000001-12:34",
    properties: { é: "\ud83d", "🦆": "\0" },
  }),
];

/** What both have to hold in the end. */
const CONTENTS = {
  profiles: "SELECT distinct_id, last_seen::VARCHAR, properties::VARCHAR FROM profiles ORDER BY 1",
  marks: `SELECT table_name, mode, session::VARCHAR, query::VARCHAR, next_page::INT, failed_pages::VARCHAR,
    successful_pages::INT, total_rows::INT, duplicate_profiles::INT, profiles_without_id::INT,
    started <= updated, finished = updated FROM _engage_exports ORDER BY started`,
  tables: "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1",
  columns: `SELECT column_name, replace(data_type, 'JSON', 'VARCHAR'), is_nullable FROM duckdb_columns()
    WHERE table_name = 'profiles' ORDER BY 1`,
  keys: "SELECT constraint_text FROM duckdb_constraints() WHERE table_name = 'profiles' AND constraint_type = 'PRIMARY KEY'",
};

type Export = readonly [options: TableSinkOptions, pages: Parameters<typeof exportInto>[1], abortReason?: Error];

const table = "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties";
const CASES: Record<string, { readonly before?: readonly string[]; readonly exports: readonly Export[] }> = {
  "create makes a table": { exports: [[{}, [first, second, third]]] },
  "create without a page makes an empty table": { exports: [[{}, []]] },
  "create refuses a table that is there": {
    exports: [
      [{}, [first]],
      [{}, [first]],
    ],
  },
  "append adds, and the newest of an id wins": {
    exports: [
      [{}, [first]],
      [{ mode: "append" }, [pageOf(another, 0, ["c", "x"]), pageOf(another, 1, ["y"])]],
    ],
  },
  "update takes what has changed since the export before": {
    exports: [
      [{}, [pageOf(dated, 0, ["a", "b", "c"])]],
      [{ mode: "update" }, [pageOf(updating, 0, ["c", "x"])]],
    ],
  },
  "update refuses what has changed since an export that is not there": {
    exports: [[{ mode: "update" }, [pageOf(updating, 0, ["c", "x"])]]],
  },
  "append refuses a table that is not there": { exports: [[{ mode: "append" }, [first]]] },
  "append refuses a table without a primary key": {
    before: ["CREATE TABLE profiles (distinct_id VARCHAR, last_seen TIMESTAMP, properties $json)"],
    exports: [[{ mode: "append" }, [first]]],
  },
  "append takes a table with its columns in another order and one more": {
    before: [
      "CREATE TABLE profiles (note VARCHAR, properties $json, last_seen TIMESTAMP, distinct_id VARCHAR PRIMARY KEY)",
      "INSERT INTO profiles VALUES ('mine', '{}', NULL, 'a')",
    ],
    exports: [[{ mode: "append" }, [first, second]]],
  },
  "append refuses a view": { before: ["CREATE VIEW profiles AS SELECT 1"], exports: [[{ mode: "append" }, [first]]] },
  "replace swaps the table": {
    before: [`${table} $json)`, "INSERT INTO profiles VALUES ('old', NULL, '{}')"],
    exports: [[{ mode: "replace" }, [first, second, third]]],
  },
  "replace keeps the old table when pages failed": {
    before: [`${table} $json)`, "INSERT INTO profiles VALUES ('old', NULL, '{}')"],
    exports: [[{ mode: "replace" }, withGap]],
  },
  "resume finishes what is missing": {
    exports: [
      [{}, withGap],
      [{ mode: "resume" }, [second]],
    ],
  },
  "resume finishes an append that was published in part": {
    exports: [
      [{}, [pageOf(another, 0, ["c", "x"])]],
      [{ mode: "append" }, withGap],
      [{ mode: "resume" }, [second]],
    ],
  },
  "a failed page stops the export where that is asked for": { exports: [[{ onFailedPage: "stop" }, withGap]] },
  "a failed page is skipped where that is asked for": { exports: [[{ onFailedPage: "skip" }, withGap]] },
  "ids that come again are counted, and the one read last stays": {
    exports: [
      [
        { batchSize: 100 },
        [pageOf(session, 0, [...fifty, "a", "a"]), pageOf(session, 1, fifty), pageOf(session, 2, ["a", "z", "z"])],
      ],
    ],
  },
  "profiles without an id are left out": { exports: [[{}, [pageOf(session, 0, [null, "a", null]), second, third]]] },
  "hostile values come through": { exports: [[{}, [pageOf(sessionOf(4), 0, hostile)]]] },
  "pages of another session make it begin again": {
    exports: [[{ batchSize: 100 }, [pageOf(session, 0, [...fifty, ...fifty]), pageOf(another, 0, ["a", "y", null])]]],
  },
  "an abort keeps the whole pages": { exports: [[{}, [first, second], new Error("enough")]] },
  "an unfinished export is dropped for a new one": {
    exports: [
      [{}, [first], new Error("enough")],
      [{}, [pageOf(another, 0, ["a"])]],
    ],
  },
};

describe("as in the native DuckDB", () => {
  test.each(Object.entries(CASES))("%s", async (_, { before = [], exports }) => {
    const native = await memoryDatabase();
    for (const sql of before) await native.run(sql.replace("$json", "JSON"));
    const { connection } = await wasmDatabase();
    for (const sql of before) connection.query(sql.replace("$json", "VARCHAR"));
    for (const [options, pages, abortReason] of exports) {
      const expected = await comparable(() => exportPages({ connection: native, ...options }, pages, abortReason));
      const actual = await comparable(() =>
        exportInto((onWarning) => duckdbWasmSink({ connection, onWarning, ...options }), pages, abortReason),
      );
      expect(actual).toEqual(expected);
    }
    for (const sql of Object.values(CONTENTS)) {
      const expected = await rowsOf(native, sql).catch(() => "no such table");
      expect(readable(() => wasmRows(connection, sql))).toEqual(expected);
    }
  });
});

/** What can be compared of an export, or of the error that kept it from being opened. */
async function comparable(run: () => Promise<Outcome>) {
  const { sink, error, result, warnings } = await run().catch((error) => ({
    sink: undefined,
    error,
    result: undefined,
    warnings: [],
  }));
  const { duration_seconds, fetched_at, ...counts } = { ...result?.toJSON() };
  const { code, message } = Object(error);
  return { checkpoint: sink?.checkpoint, restarts: sink?.restarts, code, message, counts, warnings };
}

function readable(read: () => unknown[][]): unknown {
  try {
    return read();
  } catch {
    return "no such table";
  }
}

test("a connection that the sink opened is closed, and a caller's is not", async () => {
  const { db, connection } = await wasmDatabase();
  const { connect } = db;
  const opened: { closed: boolean }[] = [];
  db.connect = () => {
    const own = connect.call(db);
    const state = { closed: false };
    const { close } = own;
    own.close = () => {
      state.closed = true;
      close.call(own);
    };
    opened.push(state);
    return own;
  };
  await exportInto(() => duckdbWasmSink({ db }), [first]);
  await expect(duckdbWasmSink({ db })).rejects.toMatchObject({ code: "table-exists" });
  delete (db as Partial<typeof db>).connect;
  expect(opened).toEqual([{ closed: true }, { closed: true }]);
  expect(wasmRows(connection, "SELECT count(*)::INT FROM profiles")).toEqual([[3]]);
});

test("a table may be in an attached database, in a schema of it, with names that need quotes", async () => {
  const { connection } = await wasmDatabase();
  connection.query(`ATTACH ':memory:' AS "other ""db"""; CREATE SCHEMA "other ""db"""."my schema"`);
  const where = { catalog: 'OTHER "db"', schema: "my schema", table: `it's "mine"` };
  const { error, result } = await exportInto(() => duckdbWasmSink({ connection, ...where }), [first, second, third]);
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ table: where.table, complete: true });
  expect(wasmRows(connection, `SELECT count(*)::INT FROM "other ""db"""."my schema"."it's ""mine"""`)).toEqual([[9]]);
  expect(wasmRows(connection, "SELECT DISTINCT database_name FROM duckdb_tables()")).toEqual([['other "db"']]);
});

test("a table of JSON that the native DuckDB has made takes rows without the extension, and the native one reads them", async () => {
  const path = await temporaryDatabase();
  await exportPages({ path }, [first]);
  const { db } = await wasmDatabase();
  db.open({ path, accessMode: 3 });
  const connection = db.connect();
  const { error, result } = await exportInto(() => duckdbWasmSink({ connection, mode: "append" }), [second, third]);
  connection.close();
  db.reset();
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ totalRows: 6 });
  expect(await rowsOf(path, "SELECT distinct_id, properties->>'$.page' FROM profiles ORDER BY 1")).toEqual(
    [..."abcdefghi"].map((id, index) => [id, String(Math.floor(index / 3))]),
  );
});

test("a table of columns that the native DuckDB has made must not fall behind, so that it takes the extension", async () => {
  const path = await temporaryDatabase();
  await exportPages({ path, columns: true }, [first]);
  const { db } = await wasmDatabase();
  db.open({ path, accessMode: 3 });
  const connection = db.connect();
  const refused = await duckdbWasmSink({ connection, mode: "append" }).catch((error) => error);
  connection.query("DROP TABLE profiles_columns");
  const { error, result } = await exportInto(() => duckdbWasmSink({ connection, mode: "append" }), [second]);
  connection.close();
  db.reset();
  expect(refused).toMatchObject({
    code: "table-mismatch",
    message: expect.stringContaining("DuckDB lacks its extension `json`; load it, or drop the table: profiles_columns"),
  });
  expect([error, result?.totalRows]).toEqual([undefined, 3]);
});

test("where there is a type JSON, its columns are made of it", async () => {
  const { connection } = await wasmDatabase();
  // It stands in for the extension's, which the network would have to bring.
  connection.query("CREATE TYPE JSON AS VARCHAR");
  const asked = vi.spyOn(connection, "query");
  const again = pageOf(session, 1, ["c", "d", "e"]);
  const { error, result } = await exportInto(() => duckdbWasmSink({ connection }), [first, again, third]);
  const created = asked.mock.calls.map(([sql]) => sql.replaceAll(/\s+/g, " ")).filter((sql) => /^CREATE/.test(sql));
  asked.mockRestore();
  expect(error).toBeUndefined();
  expect(result).toMatchObject({ totalRows: 8, duplicateProfiles: 1 });
  expect(created.filter((sql) => sql.includes("PRIMARY KEY"))).toEqual([
    expect.stringMatching(/__loading" .* properties JSON\)$/),
    expect.stringMatching(/_engage_staging" .* properties JSON\)$/),
    expect.stringMatching(/_engage_staging" .* properties JSON\)$/),
    expect.stringMatching(/_engage_staging" .* properties JSON\)$/),
  ]);
  expect(created.filter((sql) => sql.includes("session JSON, query JSON"))).toHaveLength(1);
});

test.each([
  ["neither a database nor a connection", {}, "`db` or `connection` must be given, and not both"],
  ["a database that is none", { db: {} }, "`db` must be an AsyncDuckDB or the blocking bindings"],
  ["a connection that is none", { connection: {} }, "`connection` must be a connection of @duckdb/duckdb-wasm"],
])("%s is refused", async (_, options, message) => {
  await expect(duckdbWasmSink(options as never)).rejects.toMatchObject({
    code: "usage",
    message: expect.stringContaining(message),
  });
});

test("an option that is not what it may be is refused before a connection is opened", async () => {
  const db = { connect: () => expect.unreachable() };
  await expect(duckdbWasmSink({ db: db as never, batchSize: 1 })).rejects.toMatchObject({ code: "usage" });
});

test("a table that is dropped meanwhile fails the write, in words", async () => {
  const { connection } = await wasmDatabase();
  const sink = await duckdbWasmSink({ connection, batchSize: 100 });
  const writer = sink.getWriter();
  writer.closed.catch(() => {});
  await writer.write(pageOf(session, 0, [...fifty, ...fifty]));
  connection.query("DROP TABLE profiles__loading");
  const failed = writer.write(
    pageOf(
      session,
      1,
      Array.from({ length: 100 }, (_, index) => `more-${index}`),
    ),
  );
  await expect(failed).rejects.toMatchObject({
    code: "write-failed",
    message: expect.stringMatching(/^Cannot write to the database, what it needs was dropped meanwhile/),
  });
  await expect(sink.result).rejects.toMatchObject({ code: "write-failed" });
});
