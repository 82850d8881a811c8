import postgres from "postgres";
import { describe, expect, onTestFinished, test } from "vitest";
import { type PostgresSinkOptions, postgresSink } from "../../../src/postgres.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";
import { exportToPostgres, rowsInPostgres } from "../../helpers/postgres-export.ts";
import { POSTGRES_BIN, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";

const page = pageOf(sessionOf(3), 0, ["a", "b", "c"]);
const COLUMNS = "(distinct_id text PRIMARY KEY, last_seen timestamp, properties json)";

describe.skipIf(POSTGRES_BIN === undefined)("postgresSink", async () => {
  const server = POSTGRES_BIN === undefined ? ({} as PostgresServer) : await startPostgres();
  if (POSTGRES_BIN !== undefined) await server.sql("CREATE ROLE ann LOGIN PASSWORD 'ann'");
  const refused = (options: Partial<PostgresSinkOptions>) =>
    postgresSink({ url: server.url(), ...options }).then(
      () => expect.unreachable(),
      ({ code, message }: { readonly code: string; readonly message: string }) => ({ code, message }),
    );

  test("keeps a second export from its table until it has ended, and says who has it", async () => {
    const schema = await server.schema();
    const first = await postgresSink({ url: server.url(), schema });
    expect(await refused({ schema })).toEqual({
      code: "locked",
      message: expect.stringMatching(
        /^Cannot open the table, the server's process \d+ \(engage-export\) exports into it; .+: profiles$/,
      ),
    });
    await first.abort();
    expect((await exportToPostgres(server, { schema }, [page])).result?.complete).toBe(true);
  });

  test("a lock that somebody else holds on the table ends the export in words, and a resumed run publishes without a page", async () => {
    const schema = await server.schema();
    await server.sql(`CREATE TABLE ${schema}.profiles ${COLUMNS}`);
    const other = postgres(server.url(), { max: 1, connection: { application_name: "report" } });
    onTestFinished(() => other.end());
    await other.unsafe(`BEGIN; LOCK TABLE ${schema}.profiles IN SHARE MODE`);
    const url = `${server.url()}?lock_timeout=100ms`;
    const { error } = await exportToPostgres(server, { url, schema, mode: "append" }, [page]);
    expect(error).toMatchObject({
      code: "write-failed",
      message: expect.stringMatching(/^Cannot publish the rows, the server's process \d+ \(report\) holds a lock on/),
    });
    await other.unsafe("ROLLBACK");
    const { result } = await exportToPostgres(server, { schema, mode: "resume" }, []);
    expect(result).toMatchObject({ totalRows: 3, complete: true });
    expect(await rowsInPostgres(server, schema)).toHaveLength(3);
  });

  test.each([
    ["that may not create tables", "", "create", "the role ann may not create tables in the schema"],
    [
      "that may not write to the table",
      "GRANT CREATE, USAGE ON SCHEMA $ TO ann; GRANT SELECT, INSERT ON $.profiles TO ann",
      "append",
      "the role ann may not change the table; grant SELECT, INSERT, UPDATE and DELETE: profiles",
    ],
    [
      "that does not own the table",
      "GRANT CREATE, USAGE ON SCHEMA $ TO ann; GRANT ALL ON $.profiles TO ann",
      "replace",
      "the table belongs to another role, and only that may replace it: profiles",
    ],
    [
      "that may not read the records",
      "GRANT CREATE, USAGE ON SCHEMA $ TO ann; CREATE TABLE $._engage_exports (id text)",
      "replace",
      "may not be read; grant SELECT, or rename it: _engage_exports",
    ],
  ] as const)("a role %s is told before anything is written", async (_, grants, mode, reason) => {
    const schema = await server.schema();
    await server.sql(`CREATE TABLE ${schema}.profiles ${COLUMNS}; ${grants.replaceAll("$", schema)}`);
    const table = mode === "create" ? "people" : "profiles";
    const url = server.url({ user: "ann", password: "ann" });
    expect((await refused({ url, schema, mode, table })).message).toContain(reason);
  });

  test("a role that owns nothing but what it makes needs no more", async () => {
    const schema = await server.schema();
    await server.sql(`GRANT CREATE, USAGE ON SCHEMA ${schema} TO ann`);
    const url = server.url({ user: "ann", password: "ann" });
    for (const mode of ["create", "append", "replace"] as const) {
      expect((await exportToPostgres(server, { url, schema, mode }, [page])).error).toBeUndefined();
    }
  });

  test.each([
    ["a view", "CREATE VIEW $.profiles AS SELECT 1 AS distinct_id", "there is a view of that name", "table-exists"],
    [
      "a table of its load table's name",
      "CREATE TABLE $.profiles__loading ()",
      "rename it: profiles__loading",
      "table-exists",
    ],
  ])("%s is in the way", async (_, sql, reason, code) => {
    const schema = await server.schema();
    await server.sql(sql.replaceAll("$", schema));
    expect(await refused({ schema })).toEqual({ code, message: expect.stringContaining(reason) });
  });

  test("a schema that is not there, and a server that takes no changes, are told", async () => {
    expect((await refused({ schema: "nowhere" })).message).toContain("there is no such schema");
    const url = `${server.url()}?default_transaction_read_only=on`;
    expect((await refused({ url })).message).toContain("since it is a standby or read-only");
  });
});
