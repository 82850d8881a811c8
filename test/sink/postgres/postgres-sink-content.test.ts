import { describe, expect, test } from "vitest";
import { profileRow } from "../../../src/index.ts";
import type { UnheldProfile } from "../../../src/postgres.ts";
import { exportPages, memoryDatabase, rowsOf as rowsInDuckDB } from "../../helpers/database.ts";
import { loadedPage, pageOf, rowsOf, sessionOf } from "../../helpers/page-results.ts";
import { exportToPostgres, rowsInPostgres } from "../../helpers/postgres-export.ts";
import { POSTGRES_BIN, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";

const profile = (id: string, properties: string) => `{"$distinct_id":${id},"$properties":${properties}}`;

/** Text that does not shrink when an index compresses it. */
function incompressible(bytes: number): string {
  let state = 1;
  return Array.from({ length: bytes }, () => {
    state = (state * 48_271) % 0x7fffffff;
    return String.fromCharCode(33 + (state % 90));
  }).join("");
}

describe.skipIf(POSTGRES_BIN === undefined)("postgresSink", async () => {
  const server = POSTGRES_BIN === undefined ? ({} as PostgresServer) : await startPostgres();

  test("the table holds what a DuckDB table holds", async () => {
    const schema = await server.schema();
    const session = sessionOf(undefined, { pageSize: 20 });
    const first = rowsOf(
      profile('"tab\\tand\\nline"', '{"a":1}'),
      profile('"back\\\\slash \\\\N"', '{"text":"a\\\\b\\n\\t\\"\\u2028\\\\."}'),
      profile('"\\\\."', '{"a":\t1 , "b":\n[1,\r2]}'),
      profile('"é😀"', '{"é":"\\u00e9\\ud83d\\ude00😀"}'),
      profile("12345678901234567890", '{"number":1E+2,"number":1.0,"large":123456789012345678901234567890}'),
      profile('"escaped"', '{"text":"\\\\u0000 \\\\ud83d"}'),
      ...["2008-06-09T23:08:40", "2008-06-09T23:08:40.123456+02:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59Z"].map(
        (moment, index) => profile(`"moment-${index}"`, `{"$last_seen":"${moment}","a":1}`),
      ),
      ...["infinity", "epoch", "2024-02-30T00:00:00", "", "2008-06-09 23:08:40"].map((text, index) =>
        profile(`"no-moment-${index}"`, `{"$last_seen":"${text}"}`),
      ),
      profile('"number"', '{"$last_seen":5}'),
      profile('"empty"', "{}"),
      profile('"null"', "null"),
      profile('"escaped"', '{"came":"again"}'),
    );
    const built = [profileRow({ distinctId: "bu\u2028ilt\t", lastSeen: "soon", properties: { a: "\\\t" } })];
    const pages = [loadedPage(session, 0, first), loadedPage(session, 1, built)];
    const connection = await memoryDatabase();
    const inDuckDB = await exportPages({ connection }, pages);
    const { result, warnings } = await exportToPostgres(server, { schema }, pages);
    expect(warnings).toEqual([]);
    expect({ ...result, durationSeconds: 0, fetchedAt: 0 }).toEqual({
      ...inDuckDB.result,
      durationSeconds: 0,
      fetchedAt: 0,
    });
    const expected = await rowsInDuckDB(
      connection,
      "SELECT distinct_id, strftime(last_seen, '%Y-%m-%d %H:%M:%S.%f'), properties FROM profiles ORDER BY distinct_id",
    );
    const found = await rowsInPostgres(server, schema);
    expect(found.map((row) => Object.values(row))).toEqual(expected);
  });

  test.each([
    ["U+0000 in its id", '"a\\u0000b"', "{}", "it holds U\\+0000"],
    ["a lone surrogate in its id", '"a\\ud83d"', "{}", "it holds a lone surrogate"],
    ["U+0000 in a property", '"x"', '{"a":["\\u0000"]}', "it holds U\\+0000"],
    ["U+0000 in a name", '"x"', '{"\\\\\\u0000":1}', "it holds U\\+0000"],
    ["a lone surrogate in a property", '"x"', '{"a":"\\udc00"}', "it holds a lone surrogate"],
    ["U+0000 in a last_seen that is no moment", '"x"', '{"$last_seen":"\\u0000"}', "it holds U\\+0000"],
    ["an id too long for an index", JSON.stringify(incompressible(3_000)), "{}", "its id is too long for an index"],
    ["nesting that is too deep", '"x"', `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "nested deeper"],
  ])("a profile with %s is invalid, and every other one is written", async (_, id, properties, reason) => {
    const schema = await server.schema();
    const rows = rowsOf(profile('"a"', "{}"), profile(id, properties), profile('"c"', "{}"), profile('"a"', '{"b":1}'));
    const { result, error, warnings } = await exportToPostgres(server, { schema }, [
      loadedPage(sessionOf(4, { pageSize: 4 }), 0, rows),
    ]);
    expect(error).toMatchObject({ code: "incomplete" });
    expect(result).toMatchObject({
      totalRows: 2,
      duplicateProfiles: 1,
      invalidProfiles: 1,
      missing: 0,
      complete: false,
    });
    expect(warnings).toMatchObject([
      {
        code: "invalid-profiles",
        message: expect.stringMatching(`^Profile 1 on page 0 is invalid and was left out: .*${reason}`),
      },
    ]);
    expect((await rowsInPostgres(server, schema)).map((row) => [row.distinct_id, row.properties])).toEqual([
      ["a", '{"b":1}'],
      ["c", "{}"],
    ]);
  });

  test("an invalid profile that somebody takes does not make the export incomplete", async () => {
    const schema = await server.schema();
    const sent = profile('"b"', '{"a":"\\u0000"}');
    const taken: unknown[] = [];
    const onInvalidProfile = ({ bytes, ...more }: UnheldProfile) => {
      taken.push({ ...more, text: new TextDecoder().decode(bytes) });
    };
    const pages = [loadedPage(sessionOf(2), 0, rowsOf(profile('"a"', "{}"), sent))];
    const { result, error } = await exportToPostgres(server, { schema, onInvalidProfile }, pages);
    expect(error).toBeUndefined();
    expect(result).toMatchObject({ totalRows: 1, invalidProfiles: 1, complete: true });
    const reason = "it holds U+0000, which Postgres cannot store";
    expect(taken).toEqual([{ pageIndex: 0, profileIndex: 1, distinctId: "b", reason, text: sent }]);
  });

  test("after twenty invalid profiles only their number is told", async () => {
    const schema = await server.schema();
    const rows = rowsOf(...Array.from({ length: 21 }, (_, id) => profile(String(id), '{"a":"\\u0000"}')));
    const { warnings } = await exportToPostgres(server, { schema }, [loadedPage(sessionOf(21), 0, rows)]);
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)?.message).toBe("1 more profile cannot be held by Postgres and was left out");
  });

  test("a long id that an index can compress is kept", async () => {
    const schema = await server.schema();
    const { result } = await exportToPostgres(server, { schema }, [pageOf(sessionOf(1), 0, ["long ".repeat(2_000)])]);
    expect(result).toMatchObject({ totalRows: 1, complete: true });
  });

  test("if the profile of an id that was read last is invalid, the one before it stays", async () => {
    const schema = await server.schema();
    const deep = `{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`;
    const rows = rowsOf(profile('"a"', '{"first":1}'), profile('"a"', deep));
    const { result } = await exportToPostgres(server, { schema }, [loadedPage(sessionOf(2), 0, rows)]);
    expect(result).toMatchObject({ totalRows: 1, duplicateProfiles: 0, invalidProfiles: 1 });
    expect(await rowsInPostgres(server, schema)).toMatchObject([{ distinct_id: "a", properties: '{"first":1}' }]);
  });
});
