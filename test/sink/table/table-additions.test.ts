import { describe, expect, test } from "vitest";
import { duckdbSink } from "../../../src/duckdb.ts";
import { duckdbWasmSink } from "../../../src/duckdb-wasm.ts";
import { profileRow } from "../../../src/page/profile-row.ts";
import {
  exportInto,
  exportPages,
  memoryDatabase,
  profilesIn,
  rowsOf,
  tablesIn,
  temporaryDatabase,
} from "../../helpers/database.ts";
import { wasmDatabase, wasmRows } from "../../helpers/duckdb-wasm.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";

const page = pageOf(sessionOf(3), 0, ["a", "b", "c"]);
const create = "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON";

async function databaseWith(...statements: readonly string[]) {
  const connection = await memoryDatabase();
  for (const sql of statements) await connection.run(sql);
  return connection;
}

describe("replacing a table", () => {
  test("keeps its indexes, comments and added columns", async () => {
    const path = await temporaryDatabase();
    for (const sql of [
      "CREATE SEQUENCE numbers",
      `${create}, note VARCHAR, "n, ""x"" ON (" DECIMAL(10,2) NOT NULL DEFAULT 7, number INTEGER DEFAULT nextval('numbers'), kind ENUM('x', 'y'))`,
      `CREATE INDEX "by ON profiles(" ON profiles("n, ""x"" ON (", last_seen)`,
      "CREATE UNIQUE INDEX by_id ON profiles(lower(distinct_id))",
      "COMMENT ON TABLE profiles IS 'it''s mine'",
      "COMMENT ON COLUMN profiles.note IS 'a note'",
      "COMMENT ON COLUMN profiles.properties IS 'theirs'",
      "COMMENT ON INDEX by_id IS 'an index'",
      "INSERT INTO profiles (distinct_id, note) VALUES ('old', 'gone')",
    ]) {
      await rowsOf(path, sql);
    }
    const facts = async () => [
      await rowsOf(path, "SELECT sql, comment FROM duckdb_tables() WHERE table_name = 'profiles'"),
      await rowsOf(path, "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'profiles'"),
      await rowsOf(path, "SELECT sql, comment FROM duckdb_indexes() ORDER BY 1"),
    ];
    const before = await facts();
    const { error, warnings } = await exportPages({ path, mode: "replace" }, [page]);
    expect([error, warnings]).toEqual([undefined, []]);
    expect(await facts()).toEqual(before);
    expect(
      await rowsOf(path, `SELECT distinct_id, note, "n, ""x"" ON (" = 7, number > 0, kind FROM profiles ORDER BY 1`),
    ).toEqual([
      ["a", null, true, true, null],
      ["b", null, true, true, null],
      ["c", null, true, true, null],
    ]);
  });

  test("keeps them in an attached database and another schema, also after a resume", async () => {
    const connection = await databaseWith(
      "ATTACH ':memory:' AS other",
      'CREATE SCHEMA other."my schema"',
      `CREATE TABLE other."my schema".profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON, note VARCHAR)`,
      'CREATE INDEX by_note ON other."my schema".profiles(note)',
    );
    const where = { connection, catalog: "other", schema: "my schema" };
    const session = sessionOf(6);
    await exportPages(
      { ...where, mode: "replace" },
      [page, failedPage(session, 1)].map((each) => ({ ...each, session })),
    );
    const { error, warnings } = await exportPages({ ...where, mode: "resume" }, [pageOf(session, 1, ["d", "e", "f"])]);
    expect([error, warnings]).toEqual([undefined, []]);
    expect(await rowsOf(connection, "SELECT database_name, schema_name, sql FROM duckdb_indexes()")).toEqual([
      ["other", "my schema", 'CREATE INDEX by_note ON "my schema".profiles(note);'],
    ]);
    expect(await rowsOf(connection, 'SELECT count(*), count(note) FROM other."my schema".profiles')).toEqual([
      [6n, 0n],
    ]);
  });

  test("keeps generated columns and constraints, in a copy", async () => {
    const connection = await databaseWith(
      "CREATE TABLE plans (name VARCHAR PRIMARY KEY)",
      `${create}, big VARCHAR GENERATED ALWAYS AS (upper(distinct_id)), age INTEGER CHECK (age > 0), mail VARCHAR UNIQUE,
        made TIMESTAMP NOT NULL DEFAULT now(), luck DOUBLE NOT NULL DEFAULT random(), plan VARCHAR REFERENCES plans(name), UNIQUE (age, mail))`,
    );
    const constraints = `SELECT DISTINCT constraint_type, constraint_column_names::VARCHAR FROM duckdb_constraints()
      WHERE table_name = 'profiles' ORDER BY ALL`;
    const before = await rowsOf(connection, constraints);
    const { error, warnings } = await exportPages({ connection, mode: "replace" }, [page]);
    expect([error, warnings]).toEqual([undefined, []]);
    expect(
      await rowsOf(connection, "SELECT distinct_id, big, made IS NOT NULL, plan FROM profiles ORDER BY 1"),
    ).toEqual([
      ["a", "A", true, null],
      ["b", "B", true, null],
      ["c", "C", true, null],
    ]);
    expect(await rowsOf(connection, constraints)).toEqual(before);
    expect(await tablesIn(connection)).toEqual(["_engage_exports", "plans", "profiles"]);
  });

  test("names beforehand, once, what cannot be kept", async () => {
    const connection = await databaseWith(
      `${create}, code INTEGER NOT NULL, boss VARCHAR, FOREIGN KEY (boss) REFERENCES profiles(distinct_id))`,
    );
    const { error, warnings } = await exportPages({ connection, mode: "replace" }, async function* () {
      yield page;
    });
    expect(error).toBeUndefined();
    expect(warnings).toEqual([
      {
        code: "table-changed",
        message: "profiles loses what DuckDB cannot copy to the new table: NOT NULL of the column code",
      },
    ]);
  });

  test("goes on without constraints that the new rows break, and says so", async () => {
    const connection = await databaseWith(`${create}, note VARCHAR, CHECK (distinct_id <> 'b'))`);
    const { error, warnings } = await exportPages({ connection, mode: "replace" }, [page]);
    expect(error).toBeUndefined();
    expect(warnings).toMatchObject([
      { code: "table-changed", message: expect.stringContaining("the constraint CHECK((distinct_id != 'b')) (") },
    ]);
    expect(await rowsOf(connection, "SELECT count(*), count(note) FROM profiles")).toEqual([[3n, 0n]]);
  });

  test("names what a table of another shape loses", async () => {
    const connection = await databaseWith(
      "CREATE TABLE profiles (one INTEGER PRIMARY KEY, properties VARCHAR DEFAULT '{}')",
      "CREATE INDEX by_one ON profiles(one)",
    );
    const { warnings } = await exportPages({ connection, mode: "replace" }, [page]);
    expect(warnings).toMatchObject([
      {
        code: "table-changed",
        message: expect.stringMatching(
          /: the column one, the primary key of one, the type VARCHAR of the column properties, the default of the column properties, .*the index by_one \(.+\)$/,
        ),
      },
    ]);
    expect(await profilesIn(connection)).toHaveLength(3);
  });

  test("goes on without a unique index that the new rows break, and says so", async () => {
    const connection = await databaseWith(`${create})`, "CREATE UNIQUE INDEX by_time ON profiles(last_seen)");
    const { error, warnings, result } = await exportPages({ connection, mode: "replace" }, [page]);
    expect([error, result?.complete]).toEqual([undefined, true]);
    expect(warnings).toMatchObject([
      { code: "table-changed", message: expect.stringContaining("the index by_time (") },
    ]);
    expect(await profilesIn(connection)).toHaveLength(3);
    expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles"]);
  });

  test("is refused before anything is written if foreign keys refer to it", async () => {
    const connection = await databaseWith(
      `${create})`,
      "CREATE TABLE orders (who VARCHAR REFERENCES profiles(distinct_id))",
    );
    const message =
      "Cannot replace the table, foreign keys of other tables refer to it (orders); drop those first, or append: profiles";
    for (const mode of ["replace", "resume"] as const) {
      const opened = duckdbSink({ connection, mode, fresh: "replace" });
      await expect(opened).rejects.toMatchObject({ code: "table-mismatch", message });
    }
    expect(await tablesIn(connection)).toEqual(["orders", "profiles"]);
    const { error } = await exportPages({ connection, mode: "append" }, [page]);
    expect(error).toBeUndefined();
  });

  test("does the same in duckdb-wasm", async () => {
    const { connection } = await wasmDatabase();
    connection.query(
      "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties VARCHAR, note VARCHAR, code INTEGER CHECK (code > 0))",
    );
    connection.query("CREATE INDEX by_note ON profiles(note)");
    connection.query("COMMENT ON TABLE profiles IS 'mine'");
    const { error, warnings } = await exportInto(
      (onWarning) => duckdbWasmSink({ connection, mode: "replace", onWarning }),
      [page],
    );
    expect(error).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(wasmRows(connection, "SELECT comment FROM duckdb_tables() WHERE table_name = 'profiles'")).toEqual([
      ["mine"],
    ]);
    expect(wasmRows(connection, "SELECT index_name FROM duckdb_indexes()")).toEqual([["by_note"]]);
    connection.query("CREATE TABLE orders (who VARCHAR REFERENCES profiles(distinct_id))");
    await expect(duckdbWasmSink({ connection, mode: "replace" })).rejects.toMatchObject({ code: "table-mismatch" });
  });
});

describe("what is known before the first request", () => {
  test("an append whose rows DuckDB could not update is refused", async () => {
    const connection = await databaseWith(
      `${create})`,
      "CREATE INDEX by_time ON profiles(last_seen)",
      "CREATE TABLE orders (who VARCHAR REFERENCES profiles(distinct_id))",
    );
    await expect(duckdbSink({ connection, mode: "append" })).rejects.toMatchObject({
      code: "table-mismatch",
      message:
        "Cannot add profiles to the table, foreign keys refer to it (orders) and it has the index by_time, so DuckDB cannot update its rows; choose another table, or replace it: profiles",
    });
  });

  test("a load table that something depends on is refused by the run that would rename it", async () => {
    const connection = await memoryDatabase();
    await exportPages({ connection }, [page], new Error("killed"));
    await connection.run("CREATE INDEX mine ON profiles__loading(last_seen)");
    await expect(duckdbSink({ connection, mode: "resume" })).rejects.toMatchObject({
      code: "table-mismatch",
      message: expect.stringMatching(
        /^Cannot create the table, something depends on it, its load table or its table of columns \(Dependency Error/,
      ),
    });
    await connection.run("DROP INDEX mine");
    const { result } = await exportPages({ connection, mode: "resume" }, []);
    expect(result?.complete).toBe(true);
  });

  test("a view that depends on the table, where DuckDB minds that", async () => {
    const connection = await databaseWith(
      `${create})`,
      "SET enable_view_dependencies = true",
      "CREATE VIEW mine AS FROM profiles",
    );
    await expect(duckdbSink({ connection, mode: "replace" })).rejects.toMatchObject({ code: "table-mismatch" });
    await connection.run("DROP VIEW mine; SET enable_view_dependencies = false; CREATE VIEW mine AS FROM profiles");
    expect((await exportPages({ connection, mode: "replace" }, [page])).error).toBeUndefined();
    expect(await rowsOf(connection, "SELECT count(*) FROM mine")).toEqual([[3n]]);
  });

  test("a transaction of the caller's that is open is left open", async () => {
    const connection = await databaseWith(`${create})`, "BEGIN", "INSERT INTO profiles VALUES ('mine', NULL, '{}')");
    await expect(duckdbSink({ connection, mode: "replace" })).rejects.toMatchObject({ code: expect.anything() });
    await connection.run("COMMIT");
    expect(await profilesIn(connection)).toHaveLength(1);
    const sink = await duckdbSink({ connection, mode: "append" });
    const writer = sink.getWriter();
    await connection.run("BEGIN");
    await connection.run("INSERT INTO profiles VALUES ('more', NULL, '{}')");
    await writer.write({
      ...page,
      rows: [...page.rows, profileRow({ distinctId: "d", lastSeen: null, properties: {} })],
    });
    await expect(writer.close()).rejects.toMatchObject({ message: expect.stringContaining("end that first") });
    await connection.run("COMMIT");
    expect(await profilesIn(connection)).toHaveLength(2);
  });
});
