import type { DuckDBConnection } from "@duckdb/node-api";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { duckdbSink, type ExportMode } from "../../../src/duckdb.ts";
import { type ProfileRow, profileRow, sentRow } from "../../../src/page/profile-row.ts";
import { expectAgreement } from "../../helpers/columns-table.ts";
import { exportPages, memoryDatabase, rowsOf, tablesIn } from "../../helpers/database.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { type RawMembers, rawProfiles } from "../../helpers/hostile-profiles.ts";
import { failedPage, pageOf, profilesOf, sessionOf } from "../../helpers/page-results.ts";
import { profileJson } from "../../helpers/served-profiles.ts";

const session = sessionOf(4, { totalPages: 3 });
const another = sessionOf(3, { sessionId: "session-2" });
const killed = new Error("killed");
const modes = ["create", "append", "replace"] as const;

function person(distinctId: string, properties: Readonly<Record<string, unknown>>) {
  return profileRow({ distinctId, lastSeen: null, properties });
}

const first = pageOf(session, 0, [person("a", { age: 1 }), person("b", { age: 2, plan: "free" })]);
const second = pageOf(session, 1, [person("c", { age: 1.5 })]);
const third = pageOf(session, 2, [person("d", { age: "old", tags: ["x"] })]);
/** The only page of an export. */
const alone = (...rows: readonly ProfileRow[]) => [pageOf(sessionOf(rows.length), 0, rows)];

async function databaseFor(mode: ExportMode): Promise<DuckDBConnection> {
  const connection = await memoryDatabase();
  if (mode === "create") return connection;
  await exportPages({ connection, columns: true }, [
    pageOf(another, 0, [person("a", { was: true }), person("old", { was: false })]),
  ]);
  return connection;
}

/** Names and types of a table. */
async function columnsIn(connection: DuckDBConnection, table = "profiles_columns"): Promise<string[]> {
  const described = await rowsOf(connection, `SELECT column_name, column_type FROM (DESCRIBE "${table}")`);
  return described.slice(2).map(([name, type]) => `${name} ${type}`);
}

describe("duckdbSink with columns", () => {
  test.each([
    ["create", ["age VARCHAR", "plan VARCHAR", "tags JSON"]],
    ["append", ["age VARCHAR", "plan VARCHAR", "tags JSON", "was BOOLEAN"]],
    ["replace", ["age VARCHAR", "plan VARCHAR", "tags JSON"]],
  ] as const)("%s makes a table with a column for each property of all rows", async (mode, columns) => {
    const connection = await databaseFor(mode);
    await exportPages({ connection, mode, columns: true }, [first, second, third]);
    expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles", "profiles_columns"]);
    expect(await columnsIn(connection)).toEqual(columns);
    await expectAgreement(connection);
  });

  test("a later export renews it without the option, as it was made", async () => {
    const connection = await memoryDatabase();
    const options = { columnNames: "plain", columns: ["$email", "age"] } as const;
    await exportPages({ connection, columns: options }, alone(...first.rows));
    expect(await columnsIn(connection)).toEqual(["email VARCHAR", "age BIGINT", "properties JSON"]);
    await exportPages({ connection, mode: "append" }, alone(...second.rows));
    expect(await columnsIn(connection)).toEqual(["email VARCHAR", "age DOUBLE", "properties JSON"]);
    await expectAgreement(connection, options);
    await exportPages({ connection, mode: "replace" }, alone(...third.rows));
    expect(await columnsIn(connection)).toEqual(["email VARCHAR", "age VARCHAR", "properties JSON"]);
    await exportPages({ connection, mode: "append", columns: { maxColumns: 1 } }, alone(...first.rows));
    await exportPages({ connection, mode: "append" }, alone(...second.rows));
    expect(await columnsIn(connection)).toEqual(["age VARCHAR", "properties JSON"]);
    await expectAgreement(connection, { maxColumns: 1 });
  });

  test("without the option there is no such table, and one that is dropped stays away", async () => {
    const connection = await memoryDatabase();
    await exportPages({ connection, columns: false }, [first]);
    expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles"]);
    await exportPages({ connection, mode: "append", columns: true }, [second]);
    await rowsOf(connection, "DROP TABLE profiles_columns");
    await exportPages({ connection, mode: "append" }, [third]);
    expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles"]);
  });

  test("one whose profiles were dropped is renewed by the export that makes them again", async () => {
    const connection = await databaseFor("append");
    await rowsOf(connection, "DROP TABLE profiles");
    await exportPages({ connection }, [first, second, third]);
    expect(await columnsIn(connection)).toEqual(["age VARCHAR", "plan VARCHAR", "tags JSON"]);
    await expectAgreement(connection);
  });

  test("no profiles make a table without properties", async () => {
    const connection = await memoryDatabase();
    await exportPages({ connection, columns: true }, [pageOf(sessionOf(0), 0, [])]);
    expect(await rowsOf(connection, "FROM profiles_columns")).toEqual([]);
    expect(await columnsIn(connection)).toEqual([]);
  });

  test.each([
    ["table", "CREATE TABLE profiles_columns AS SELECT 1 AS mine"],
    ["table with a comment", "CREATE TABLE Profiles_COLUMNS (mine INT); COMMENT ON TABLE Profiles_COLUMNS IS 'mine'"],
    ["view", "CREATE VIEW profiles_columns AS SELECT 1 AS mine"],
  ])("a %s of somebody else's is in the way, and stays as it is", async (_, sql) => {
    for (const mode of modes) {
      const connection = await databaseFor(mode);
      await rowsOf(connection, "DROP TABLE IF EXISTS profiles_columns");
      await rowsOf(connection, sql);
      expect(await errorOf(() => duckdbSink({ connection, mode, columns: true }))).toMatchObject({
        code: "table-exists",
        message:
          "Cannot make the table of columns, something else has its name; rename that, or export without columns: profiles_columns",
      });
      const { error } = await exportPages({ connection, mode }, [first, second, third]);
      expect(error).toBeUndefined();
      expect(await rowsOf(connection, "SELECT column_name FROM (DESCRIBE profiles_columns)")).toEqual([["mine"]]);
    }
  });

  test("one that is put there during the export is not replaced, and a resumed run publishes when it is gone", async () => {
    const connection = await memoryDatabase();
    const { error } = await exportPages({ connection, columns: true }, async function* () {
      yield first;
      await rowsOf(connection, "CREATE TABLE profiles_columns AS SELECT 1 AS mine");
    });
    expect(error).toMatchObject({ code: "table-exists" });
    await rowsOf(connection, "ALTER TABLE profiles_columns RENAME TO mine");
    await exportPages({ connection, mode: "resume", columns: true }, [second, third]);
    await expectAgreement(connection);
    expect(await rowsOf(connection, "SELECT count(*) FROM profiles_columns")).toEqual([[4n]]);
  });

  test("the table of columns itself is no table to export into", async () => {
    const connection = await databaseFor("append");
    for (const mode of ["append", "replace"] as const) {
      const error = await errorOf(() => duckdbSink({ connection, mode, table: "profiles_columns" }));
      expect(error).toMatchObject({ code: "table-mismatch" });
    }
    expect(await errorOf(() => duckdbSink({ connection, table: "profiles_columns" }))).toMatchObject({
      code: "table-exists",
    });
  });

  test("one that others refer to is refused before anything is written", async () => {
    const connection = await databaseFor("append");
    await rowsOf(connection, "ALTER TABLE profiles_columns ADD PRIMARY KEY (distinct_id)");
    await rowsOf(connection, "CREATE TABLE orders (buyer VARCHAR REFERENCES profiles_columns (distinct_id))");
    expect(await errorOf(() => duckdbSink({ connection, mode: "append" }))).toMatchObject({ code: "table-mismatch" });
  });

  test.each(modes)(
    "an interrupted %s leaves both tables as they were, and ends as an undisturbed one",
    async (mode) => {
      const connection = await databaseFor(mode);
      const before = mode === "create" ? undefined : await columnsIn(connection);
      await exportPages({ connection, mode, columns: true, batchSize: 100 }, [first, second], killed);
      if (before === undefined) expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles__loading"]);
      else expect(await columnsIn(connection)).toEqual(before);
      if (before !== undefined) await expectAgreement(connection);
      await exportPages({ connection, mode: "resume", columns: true }, [third]);
      await expectAgreement(connection);
      const undisturbed = await databaseFor(mode);
      await exportPages({ connection: undisturbed, mode, columns: true }, [first, second, third]);
      expect(await columnsIn(connection)).toEqual(await columnsIn(undisturbed));
    },
  );

  test("a replace that is incomplete leaves the old table with its columns", async () => {
    const connection = await databaseFor("replace");
    await exportPages({ connection, mode: "replace" }, [first, failedPage(session, 1), third]);
    expect(await columnsIn(connection)).toEqual(["was BOOLEAN"]);
    await expectAgreement(connection);
    await exportPages({ connection, mode: "resume" }, [second]);
    expect(await columnsIn(connection)).toEqual(["age VARCHAR", "plan VARCHAR", "tags JSON"]);
    await expectAgreement(connection);
  });

  test.each(["create", "append"] as const)(
    "the pages that a %s lacked come into both tables at once, also after another interruption",
    async (mode) => {
      const connection = await databaseFor(mode);
      const missing = [0, 2].map((pageIndex) => failedPage(session, pageIndex));
      await exportPages({ connection, mode, columns: true }, [second, ...missing]);
      await expectAgreement(connection);
      const published = await rowsOf(connection, "FROM profiles ORDER BY ALL");
      for (const pages of [[first], []]) {
        await exportPages({ connection, mode: "resume", columns: true, batchSize: 100 }, pages, killed);
        expect(await rowsOf(connection, "FROM profiles ORDER BY ALL")).toEqual(published);
        await expectAgreement(connection);
      }
      const { result } = await exportPages({ connection, mode: "resume", columns: true }, [third]);
      expect(result).toMatchObject({ totalRows: 4, duplicateProfiles: 0, hasFailures: false });
      await expectAgreement(connection);
      const undisturbed = await databaseFor(mode);
      await exportPages({ connection: undisturbed, mode, columns: true }, [second, first, third]);
      const all = "FROM profiles ORDER BY ALL";
      expect(await rowsOf(connection, all)).toEqual(await rowsOf(undisturbed, all));
      expect(await tablesIn(connection)).toEqual(["_engage_exports", "profiles", "profiles_columns"]);
    },
  );

  test("an update makes it anew, and counts the same with it and without", async () => {
    const counted = await Promise.all(
      [true, false].map(async (columns) => {
        const connection = await memoryDatabase();
        await exportPages({ connection, columns }, alone(...first.rows, person("d", { age: "old", tags: ["x"] })));
        await exportPages({ connection, mode: "update" }, [first, failedPage(session, 1), third]);
        if (columns) await expectAgreement(connection);
        const { result } = await exportPages({ connection, mode: "resume" }, [second]);
        if (columns) expect(await columnsIn(connection)).toEqual(["age VARCHAR", "plan VARCHAR", "tags JSON"]);
        if (columns) await expectAgreement(connection);
        const { new_profiles, changed_profiles, unchanged_profiles, total_rows } = result?.toJSON() ?? {};
        return { new_profiles, changed_profiles, unchanged_profiles, total_rows };
      }),
    );
    const expected = { new_profiles: 1, changed_profiles: 0, unchanged_profiles: 3, total_rows: 4 };
    expect(counted).toEqual([expected, expected]);
  });

  test("a session that was lost after pages had been published takes their columns back", async () => {
    const connection = await databaseFor("append");
    await exportPages({ connection, mode: "append", columns: true }, [first, failedPage(session, 1), third]);
    await exportPages({ connection, mode: "resume", columns: true }, [pageOf(another, 0, [person("x", { y: 1 })])]);
    expect(await columnsIn(connection)).toEqual(["was BOOLEAN", "y BIGINT"]);
    await expectAgreement(connection);
  });

  test("memory that does not suffice is told, with what helps, and a resumed run makes the table", async () => {
    const connection = await memoryDatabase();
    await rowsOf(connection, "SET memory_limit = '150MB'");
    const wide = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`p${index}`, `text ${index}`]));
    const columns = { maxColumns: 2_000 };
    const { error } = await exportPages({ connection, columns }, alone(person("a", wide)));
    expect(error).toMatchObject({
      code: "write-failed",
      message: expect.stringMatching(
        /^Cannot make the columns, memory ran out \(Out of Memory.*\); free some memory and resume, or export again with a lower `maxColumns`: profiles_columns$/,
      ),
    });
    await rowsOf(connection, "SET memory_limit = '4GB'");
    expect((await exportPages({ connection, mode: "resume", columns }, [])).error).toBeUndefined();
    expect(await columnsIn(connection)).toHaveLength(2_000);
  });

  test("an export is resumed with the columns it was begun with", async () => {
    const connection = await memoryDatabase();
    await exportPages({ connection, columns: { maxColumns: 2 } }, [first], killed);
    for (const columns of [undefined, true, { maxColumns: 3 }] as const) {
      expect(await errorOf(() => duckdbSink({ connection, mode: "resume", columns }))).toMatchObject({
        code: "checkpoint-mismatch",
        message: expect.stringContaining("was made with another `columns`"),
      });
    }
  });

  test.each([
    ["yes", "`columns` must be true, false, or an object of options"],
    [["plan"], "`columns` must be true, false, or an object of options"],
    [null, "`columns` must be true, false, or an object of options"],
    [{ maxColumns: 0 }, "`maxColumns` must be a whole number, 1 or more"],
    [{ columnNames: "snake" }, "`columnNames` must be one of exact, plain"],
    [{ columns: [] }, "`columns` must be a list of property names"],
  ])("refuses the option %j", async (columns, rule) => {
    const connection = await memoryDatabase();
    const error = await errorOf(() => duckdbSink({ connection, columns: columns as never }));
    expect(error).toMatchObject({ code: "usage", message: expect.stringContaining(`Cannot open the sink, ${rule}`) });
  });

  test("names that need quotes, a schema and another database are no trouble", async () => {
    const connection = await memoryDatabase();
    await rowsOf(connection, `ATTACH ':memory:' AS "other ""db"`);
    await rowsOf(connection, `CREATE SCHEMA "other ""db"."s p"`);
    const where = { catalog: 'other "db', schema: "s p", table: `pe"o'ple` };
    await exportPages({ connection, ...where, columns: { columns: ["it's"] } }, [first]);
    await exportPages({ connection, ...where, mode: "append" }, [second]);
    const found = await rowsOf(
      connection,
      `SELECT count(*), count("it's") FROM "other ""db"."s p"."pe""o'ple_columns"`,
    );
    expect(found).toEqual([[3n, 0n]]);
  });

  test("after any sequence of exports it is what all rows together ask for", async () => {
    const exports = fc.array(
      fc.record({
        mode: fc.constantFrom("append" as const, "update" as const, "replace" as const),
        profiles: rawProfiles,
        from: fc.nat(6),
      }),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(exports, async (sequence) => {
        const connection = await memoryDatabase();
        await exportPages({ connection, columns: { maxColumns: 5 } }, [pageOf(another, 0, [])]);
        for (const { mode, profiles, from } of sequence) {
          await exportPages({ connection, mode }, alone(...sent(profiles, from)));
          await expectAgreement(connection, { maxColumns: 5 });
        }
      }),
      { seed: 15, numRuns: 8 },
    );
  });
});

function sent(profiles: readonly RawMembers[], from: number) {
  return profilesOf(...profiles.map((members, index) => profileJson(members, from + index))).map(sentRow);
}
