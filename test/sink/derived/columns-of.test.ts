import type { DuckDBConnection } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { columnsOf } from "../../../src/duckdb.ts";
import { memoryDatabase, rowsOf } from "../../helpers/database.ts";
import { errorOf } from "../../helpers/error-of.ts";

describe("columnsOf", () => {
  test("finds a column for each property, in the order of their names", async () => {
    const connection = await databaseOf(['{"b":1,"$email":"a@b.c"}', '{"b":null,"C":[1]}', '{"b":2.5}']);
    const { columns, sql } = await columnsOf(connection);
    expect(columns).toEqual([
      { name: "$email", type: "VARCHAR", property: "$email", profiles: 1 },
      { name: "C", type: "JSON", property: "C", profiles: 1 },
      { name: "b", type: "DOUBLE", property: "b", profiles: 3 },
    ]);
    expect(await rowsOf(connection, sql)).toEqual([
      ["0", null, "a@b.c", null, 1],
      ["1", null, null, "[1]", null],
      ["2", null, null, null, 2.5],
    ]);
  });

  test("types a property by all of its values, also by one late exception", async () => {
    const connection = await databaseOf([...Array.from({ length: 5_000 }, () => '{"n":1}'), '{"n":"many"}']);
    const { columns, sql } = await columnsOf(connection);
    expect(columns).toMatchObject([{ name: "n", type: "VARCHAR", profiles: 5_001 }]);
    expect(await rowsOf(connection, `SELECT DISTINCT n FROM (${sql}) ORDER BY n`)).toEqual([["1"], ["many"]]);
  });

  test("keeps the most frequent properties, ties by name, and the others in a last column", async () => {
    const connection = await databaseOf(['{"b":1,"a":1,"d":1}', '{"d":2,"c":3}']);
    const { columns, sql } = await columnsOf(connection, { maxColumns: 2 });
    expect(columns.map(({ name, profiles }) => [name, profiles])).toEqual([
      ["a", 1],
      ["d", 2],
    ]);
    const reader = await connection.runAndReadAll(sql);
    expect(reader.columnNames()).toEqual(["distinct_id", "last_seen", "a", "d", "properties"]);
    expect(reader.columnTypes().map(String)).toEqual(["VARCHAR", "TIMESTAMP", "BIGINT", "BIGINT", "VARCHAR"]);
    expect(reader.getRowsJS()[1]?.at(-1)).toBe('{"d":2,"c":3}');
  });

  test("takes the columns that are pinned, in their order, also those that no profile has", async () => {
    const connection = await databaseOf(['{"b":1,"a":true}']);
    const { columns, sql } = await columnsOf(connection, { columns: ["z", "b", "a", "b"], maxColumns: 1 });
    expect(columns).toEqual([
      { name: "z", type: "VARCHAR", property: "z", profiles: 0 },
      { name: "b", type: "BIGINT", property: "b", profiles: 1 },
      { name: "a", type: "BOOLEAN", property: "a", profiles: 1 },
    ]);
    expect(await rowsOf(connection, sql)).toEqual([["0", null, null, 1n, true]]);
    const { sql: some } = await columnsOf(connection, { columns: ["a"] });
    expect(await rowsOf(connection, some)).toEqual([["0", null, true, '{"b":1,"a":true}']]);
  });

  test("names pinned columns the same, whatever else profiles have", async () => {
    const connection = await databaseOf(['{"Email":1,"email":2,"Email_2":3}']);
    const { columns } = await columnsOf(connection, { columns: ["email", "Email"] });
    expect(columns.map(({ name }) => name)).toEqual(["email", "Email_2"]);
  });

  test("gives plain names on request", async () => {
    const connection = await databaseOf(['{"$email":"a","Plan Name":"b"}']);
    const { columns } = await columnsOf(connection, { columnNames: "plain" });
    expect(columns.map(({ name, property }) => [name, property])).toEqual([
      ["email", "$email"],
      ["plan_name", "Plan Name"],
    ]);
  });

  test("reads a property that a profile has twice once, the first, and types it by that", async () => {
    const connection = await databaseOf(['{"a":1,"b":2,"a":"x","a":[]}', '{"a":3}']);
    const { columns, sql } = await columnsOf(connection, { countValues: true });
    expect(columns).toEqual([
      { name: "a", type: "BIGINT", property: "a", profiles: 2, values: 2 },
      { name: "b", type: "BIGINT", property: "b", profiles: 1, values: 1 },
    ]);
    expect(await rowsOf(connection, `SELECT a FROM (${sql})`)).toEqual([[1n], [3n]]);
  });

  test("counts about how many different values a property has, over all kinds of values", async () => {
    const connection = await databaseOf(
      Array.from({ length: 400 }, (_, n) => `{"a":${n % 2 ? n : `"${n % 3}"`},"n":null}`),
    );
    const { columns } = await columnsOf(connection, { countValues: true });
    const [a, n] = columns.map(({ values }) => values ?? Number.NaN);
    expect(a).toBeGreaterThan(170);
    expect(a).toBeLessThan(240);
    expect(n).toBe(0);
  });

  test("keeps the sign of -0, in properties, in lists and beside texts that look the same", async () => {
    const connection = await databaseOf([
      '{"a":-0,"l":[-0,-0,{"b": -0 }],"t":"x:-0,-0}","u":"\\\\\\"[-0,-0]","n":[1e-0,-0.5]}',
    ]);
    const { columns, sql } = await columnsOf(connection);
    expect(columns.map(({ type }) => type)).toEqual(["DOUBLE", "JSON", "JSON", "VARCHAR", "VARCHAR"]);
    expect(await rowsOf(connection, sql)).toEqual([
      ["0", null, -0, '[-0.0,-0.0,{"b":-0.0}]', "[1.0,-0.5]", "x:-0,-0}", '\\"[-0,-0]'],
    ]);
  });

  test.each<[string, readonly string[]]>([
    ["no profiles", []],
    ["profiles without properties", ["{}", "{}"]],
  ])("finds no columns where there are %s", async (_, properties) => {
    const connection = await databaseOf(properties);
    const { columns, sql } = await columnsOf(connection);
    expect(columns).toEqual([]);
    expect(await rowsOf(connection, sql)).toEqual(properties.map((__, index) => [String(index), null]));
  });

  test("finds thousands of properties", async () => {
    const connection = await databaseOf(Array.from({ length: 1_000 }, (_, n) => `{"p${n}":${n},"q${n}":"${n}"}`));
    const { columns, sql } = await columnsOf(connection, { maxColumns: 1_500 });
    expect(columns).toHaveLength(1_500);
    expect(await rowsOf(connection, `SELECT sum(p7) + sum(p999) FROM (${sql})`)).toEqual([[1006n]]);
  });

  test("reads a table of any schema and database, a view, and a table of somebody else's", async () => {
    const connection = await databaseOf([]);
    await connection.run(`
      ATTACH ':memory:' AS "other db";
      CREATE SCHEMA "other db"."s.1";
      CREATE TABLE "other db"."s.1"."it's" AS SELECT '{"a":1}' AS properties, 7 AS property, 'x' AS distinct_id, NULL::TIMESTAMP AS last_seen;
      CREATE TABLE "other db".profiles AS FROM "other db"."s.1"."it's";
      CREATE TEMP VIEW people AS FROM "other db".profiles`);
    for (const options of [
      { catalog: "other db", schema: "s.1", table: "it's" },
      { catalog: "other db" },
      { table: "people" },
    ]) {
      const { columns, sql } = await columnsOf(connection, options);
      expect(columns).toMatchObject([{ name: "a", type: "BIGINT" }]);
      expect(await rowsOf(connection, sql)).toEqual([["x", null, 1n]]);
    }
  });

  test("says that there is no such table, or that it holds no profiles", async () => {
    const connection = await databaseOf([]);
    await connection.run("CREATE TABLE other (distinct_id VARCHAR)");
    expect(await errorOf(() => columnsOf(connection, { table: "nobody" }))).toMatchObject({ code: "table-not-found" });
    expect(await errorOf(() => columnsOf(connection, { table: "other" }))).toMatchObject({ code: "table-mismatch" });
  });

  test.each<[string, object]>([
    ["maxColumns", { maxColumns: 0 }],
    ["columnNames", { columnNames: "short" }],
    ["columns", { columns: [] }],
    ["columns", { columns: [1] }],
    ["columns", { columns: "email" }],
  ])("refuses a wrong `%s`: %j", async (option, options) => {
    const connection = await databaseOf([]);
    expect(await errorOf(() => columnsOf(connection, options))).toMatchObject({ code: "usage", option });
  });
});

/** A database with these properties in its table `profiles`. */
async function databaseOf(properties: readonly string[]): Promise<DuckDBConnection> {
  const connection = await memoryDatabase();
  await connection.run("CREATE TABLE profiles (distinct_id VARCHAR, last_seen TIMESTAMP, properties JSON)");
  const appender = await connection.createAppender("profiles");
  for (const [index, json] of properties.entries()) {
    appender.appendVarchar(String(index));
    appender.appendNull();
    appender.appendVarchar(json);
    appender.endRow();
  }
  appender.closeSync();
  return connection;
}
