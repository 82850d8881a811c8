import { describe, expect, test } from "vitest";
import { type PostgresSinkOptions, postgresSink } from "../../../src/postgres.ts";
import { exportInto } from "../../helpers/database.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";
import { POSTGRES_BIN, startPostgres } from "../../helpers/postgres-server.ts";

const session = sessionOf(9);
const [first, second, third] = [
  pageOf(session, 0, ["a", "b", "c"]),
  pageOf(session, 1, ["d", "e", "f"]),
  pageOf(session, 2, ["g", "h", "i"]),
] as const;
const all = [first, second, third];
const withGap = [first, failedPage(session, 1), third];

describe.skipIf(POSTGRES_BIN === undefined)("postgresSink", async () => {
  const server = POSTGRES_BIN === undefined ? undefined : await startPostgres();
  if (server === undefined) return;
  const url = server.url();

  type Options = Omit<PostgresSinkOptions, "url">;
  const exportPages = (options: Options, pages: Parameters<typeof exportInto>[1], abortReason?: Error) =>
    exportInto((onWarning) => postgresSink({ url, onWarning, ...options }), pages, abortReason);
  const idsIn = async (schema: string, table = "profiles") =>
    (await server.sql(`SELECT distinct_id FROM ${schema}.${table} ORDER BY 1`)).map((row) => row.distinct_id).join("");
  const tablesIn = async (schema: string) =>
    (await server.sql(`SELECT tablename FROM pg_tables WHERE schemaname = '${schema}' ORDER BY 1`)).map(
      (row) => row.tablename,
    );
  const profileTable = (
    schema: string,
    columns = "distinct_id text PRIMARY KEY, last_seen timestamp, properties json",
  ) =>
    server.sql(`CREATE TABLE ${schema}.profiles (${columns});
      INSERT INTO ${schema}.profiles (distinct_id, properties) VALUES ('a', '{"old":1}'), ('z', '{"old":2}')`);

  test("creates a table of ids, moments and JSON", async () => {
    const schema = await server.schema();
    const { result, error, warnings } = await exportPages({ schema }, all);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ table: "profiles", totalRows: 9, duplicateProfiles: 0, complete: true });
    expect(warnings).toEqual([]);
    expect(
      await server.sql(
        `SELECT distinct_id, last_seen::text, properties::text FROM ${schema}.profiles WHERE distinct_id = 'd'`,
      ),
    ).toEqual([{ distinct_id: "d", last_seen: "2024-05-06 07:08:09", properties: '{"page":1}' }]);
    expect(await tablesIn(schema)).toEqual(["_engage_exports", "profiles"]);
  });

  test.each([
    ["no host", (rest: string) => `postgres:///postgres?${rest}&user=postgres&password=super%2Fsecret`],
    ["a user and no host", (rest: string) => `postgresql://postgres:super%2Fsecret@/postgres?${rest}`],
    [
      "nothing but a query",
      (rest: string) => `postgres://?dbname=postgres&${rest}&user=postgres&password=super%2Fsecret`,
    ],
  ])("reaches a server by its socket, by a URL with %s", async (_, urlWith) => {
    const schema = await server.schema();
    const socket = `host=${encodeURIComponent(server.socketDirectory)}&port=${server.port}`;
    const options = { url: `${urlWith(socket)}&application_name=mine`, schema };
    const { error, result } = await exportInto((onWarning) => postgresSink({ ...options, onWarning }), all);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ totalRows: 9, complete: true });
    expect(await idsIn(schema)).toBe("abcdefghi");
  });

  test("makes the table also for 0 profiles", async () => {
    const schema = await server.schema();
    const { result } = await exportPages({ schema }, [pageOf(sessionOf(0), 0, [])]);
    expect(result).toMatchObject({ totalRows: 0, complete: true });
    expect(await idsIn(schema)).toBe("");
  });

  test("refuses to create a table that is there, before anything is written", async () => {
    const schema = await server.schema();
    await profileTable(schema);
    await expect(postgresSink({ url, schema })).rejects.toMatchObject({
      code: "table-exists",
      message: expect.stringContaining("there is a table of that name"),
    });
    expect(await tablesIn(schema)).toEqual(["profiles"]);
  });

  test("appends to a table with its columns in another order and more that may be null: the newest wins", async () => {
    const schema = await server.schema();
    await profileTable(schema, "note text, properties json, last_seen timestamp, distinct_id text PRIMARY KEY");
    const { result } = await exportPages({ schema, mode: "append" }, all);
    expect(result).toMatchObject({ totalRows: 9, duplicateProfiles: 0 });
    expect(await idsIn(schema)).toBe("abcdefghiz");
    expect(await server.sql(`SELECT properties::text FROM ${schema}.profiles WHERE distinct_id = 'a'`)).toEqual([
      { properties: '{"page":0}' },
    ]);
  });

  test.each([
    ["no key", "distinct_id text, last_seen timestamp, properties json", "its primary key is not `distinct_id`"],
    [
      "another type",
      "distinct_id text PRIMARY KEY, last_seen timestamptz, properties json",
      "its column `last_seen` is timestamp with time zone",
    ],
    ["a column less", "distinct_id text PRIMARY KEY, properties json", "it has no column `last_seen`"],
    [
      "a column that takes no NULL",
      "distinct_id text PRIMARY KEY, last_seen timestamp, properties json, more int NOT NULL",
      "its column `more` does not take NULL",
    ],
  ])("refuses to append to a table with %s", async (_, columns, reason) => {
    const schema = await server.schema();
    await server.sql(`CREATE TABLE ${schema}.profiles (${columns})`);
    await expect(postgresSink({ url, schema, mode: "append" })).rejects.toMatchObject({
      code: "table-mismatch",
      message: expect.stringContaining(reason),
    });
  });

  test("replaces a table when the export is complete, and keeps the rights that others have on it", async () => {
    const schema = await server.schema();
    await profileTable(schema);
    await server.sql(`GRANT SELECT ON ${schema}.profiles TO pg_monitor`);
    const { result } = await exportPages({ schema, mode: "replace" }, all);
    expect(result?.complete).toBe(true);
    expect(await idsIn(schema)).toBe("abcdefghi");
    expect(await server.sql(`SELECT has_table_privilege('pg_monitor', '${schema}.profiles', 'SELECT') AS may`)).toEqual(
      [{ may: true }],
    );
  });

  test("keeps the old table when pages failed, and replaces it when a resumed run has fetched them", async () => {
    const schema = await server.schema();
    await profileTable(schema);
    const { error, warnings } = await exportPages({ schema, mode: "replace" }, withGap);
    expect(error).toMatchObject({ code: "incomplete" });
    expect(warnings).toMatchObject([{ code: "difference", message: expect.stringContaining("was not replaced") }]);
    expect(await idsIn(schema)).toBe("az");
    const { sink, result } = await exportPages({ schema, mode: "resume" }, [second]);
    expect(sink.checkpoint).toEqual({ session, nextPage: 3, failedPages: [1] });
    expect(result).toMatchObject({ totalRows: 9, complete: true });
    expect(await idsIn(schema)).toBe("abcdefghi");
  });

  test("refuses to replace a table that a view depends on", async () => {
    const schema = await server.schema();
    await profileTable(schema);
    await server.sql(`CREATE VIEW ${schema}.people AS SELECT * FROM ${schema}.profiles`);
    await expect(postgresSink({ url, schema, mode: "replace" })).rejects.toMatchObject({
      message: `Cannot replace the table, ${schema}.people depends on it; drop that first, or append: profiles`,
    });
  });

  test.each(["create", "append"] as const)("%s publishes what came, and a resumed run adds the rest", async (mode) => {
    const schema = await server.schema();
    if (mode === "append") await profileTable(schema);
    const { error } = await exportPages({ schema, mode }, withGap);
    expect(error).toMatchObject({ code: "incomplete", result: { totalRows: 6, failedPageIndices: [1] } });
    expect(await idsIn(schema)).toBe(mode === "append" ? "abcghiz" : "abcghi");
    const { sink, result } = await exportPages({ schema, mode: "resume" }, [second]);
    expect(sink.checkpoint).toEqual({ session, nextPage: 3, failedPages: [1] });
    expect(result).toMatchObject({ totalRows: 9, complete: true });
    expect(await idsIn(schema)).toBe(mode === "append" ? "abcdefghiz" : "abcdefghi");
    expect(await tablesIn(schema)).toEqual(["_engage_exports", "profiles"]);
  });

  test("takes back what it published when a resumed run has another session", async () => {
    const schema = await server.schema();
    await profileTable(schema);
    await exportPages({ schema, mode: "append" }, withGap);
    const other = sessionOf(2, { sessionId: "session-2" });
    const { result } = await exportPages({ schema, mode: "resume" }, [pageOf(other, 0, ["b", "x"])]);
    expect(result).toMatchObject({ totalRows: 2, complete: true });
    expect(await idsIn(schema)).toBe("abxz");
    expect(await server.sql(`SELECT properties::text FROM ${schema}.profiles WHERE distinct_id = 'a'`)).toEqual([
      { properties: '{"old":1}' },
    ]);
  });

  test("a resumed run goes on with the same shape, and with no other one", async () => {
    const schema = await server.schema();
    await exportPages({ schema, shape: { drop: ["a"], hash: "b" } }, withGap);
    const others = [{}, { drop: ["b"], hash: "b" }, { drop: ["a"] }];
    for (const shape of others) {
      await expect(postgresSink({ url, schema, mode: "resume", shape })).rejects.toMatchObject({
        code: "checkpoint-mismatch",
      });
    }
    const shape = { hash: "b", drop: ["a"] };
    const { result } = await exportPages({ schema, mode: "resume", shape }, [second]);
    expect(result).toMatchObject({ totalRows: 9, complete: true });
    await expect(postgresSink({ url, schema, mode: "resume" })).rejects.toMatchObject({
      message:
        "Cannot resume, the last export into this output was made with another `drop` and `hash`; repeat its options or start over",
    });
  });

  test("a finished export has nothing to resume, and its result is known", async () => {
    const schema = await server.schema();
    await exportPages({ schema }, all);
    const sink = await postgresSink({ url, schema, mode: "resume" });
    expect(sink.finished).toMatchObject({ result: { totalRows: 9, complete: true } });
    expect(Math.abs((sink.finished?.at.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test("drops what an unfinished export left, and says so", async () => {
    const schema = await server.schema();
    await exportPages({ schema }, [first], new Error("stopped"));
    expect(await tablesIn(schema)).toEqual(["_engage_exports", "profiles__loading"]);
    const { result, warnings } = await exportPages({ schema }, all);
    expect(result?.totalRows).toBe(9);
    expect(warnings).toMatchObject([{ code: "unfinished-export-dropped" }]);
  });

  test("pages of another session make it begin again", async () => {
    const schema = await server.schema();
    const other = sessionOf(3, { sessionId: "session-2" });
    const many = pageOf(
      session,
      0,
      Array.from({ length: 100 }, (_, index) => `${index}`),
    );
    const pages = [many, pageOf(other, 0, ["x", "y", "z"])];
    const { result, warnings } = await exportPages({ schema, batchSize: 100 }, pages);
    expect(result).toMatchObject({ totalRows: 3, complete: true });
    expect(warnings).toMatchObject([{ code: "unfinished-export-dropped" }]);
    expect(await idsIn(schema)).toBe("xyz");
  });

  test.each([
    ["across pages", [pageOf(session, 0, ["a", "b", "c"]), pageOf(session, 1, ["b", "c", "d"])], 2],
    ["within a page", [pageOf(session, 0, ["a", "a", "b"]), pageOf(session, 1, ["c", "d", "d"])], 2],
  ])("counts an id that comes again %s, and the one read last stays", async (_, pages, duplicates) => {
    const schema = await server.schema();
    const { result } = await exportPages({ schema }, pages);
    const read = new Map(
      pages.flatMap((page) => page.rows.map((row) => [row.distinctId, row.propertiesJson] as const)),
    );
    expect(result).toMatchObject({ duplicateProfiles: duplicates, totalRows: 4 });
    const rows = await server.sql(`SELECT distinct_id, properties::text FROM ${schema}.profiles`);
    expect(new Map(rows.map((row) => [row.distinct_id, row.properties]))).toEqual(read);
  });

  test("leaves profiles without an id out, and counts them", async () => {
    const schema = await server.schema();
    const { result, warnings } = await exportPages({ schema }, [pageOf(sessionOf(2), 0, ["a", null])]);
    expect(result).toMatchObject({ totalRows: 1, profilesWithoutId: 1, complete: true });
    expect(warnings).toMatchObject([{ code: "profiles-without-id" }]);
  });
});
