import { spawnSync } from "node:child_process";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";
import { exportToPostgres, rowsInPostgres } from "../../helpers/postgres-export.ts";
import { POSTGRES_BIN, type PostgresServer, startPostgres } from "../../helpers/postgres-server.ts";
import { startTcp } from "../../helpers/tcp-server.ts";

const dist = (entry: string) => new URL(`../../../dist/${entry}.js`, import.meta.url).href;
const session = sessionOf(1_000, { pageSize: 100 });
const idsOf = (index: number) => Array.from({ length: 100 }, (_, row) => `${index}-${row}`);
const pages = Array.from({ length: 10 }, (_, index) => pageOf(session, index, idsOf(index)));

/** Runs the built package in a process of its own, which ends as `last` says after so many pages. */
function exportInAnotherProcess(url: string, schema: string, count: number, last: string) {
  const script = `
    import { postgresSink } from ${JSON.stringify(dist("postgres"))};
    import { profileRow } from ${JSON.stringify(dist("index"))};
    const session = ${JSON.stringify(session)};
    const sink = await postgresSink({ url: ${JSON.stringify(url)}, schema: ${JSON.stringify(schema)}, batchSize: 100, mode: "resume" });
    const writer = sink.getWriter();
    writer.closed.catch(() => {});
    const write = (pageIndex) => {
      const ids = Array.from({ length: 100 }, (_, row) => pageIndex + "-" + row);
      const rows = ids.map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: { page: pageIndex } }));
      return writer.write({ status: "loaded", session, pageIndex, attempts: 1, rows });
    };
    const first = sink.checkpoint?.nextPage ?? 0;
    for (let pageIndex = first; pageIndex < ${count}; pageIndex += 1) await write(pageIndex);
    const kill = () => process.kill(process.pid, "SIGKILL");
    ${last}`;
  const { stderr, signal } = spawnSync(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: fileURLToPath(new URL("../../..", import.meta.url)),
    encoding: "utf8",
  });
  expect({ stderr, signal }).toEqual({ stderr: "", signal: "SIGKILL" });
}

/** Passes all on to a server, but resets the connection instead of passing on `word` for the third time. Returns its port. */
async function resettingProxy(port: number, word: string): Promise<number> {
  let seen = 0;
  const proxy = await startTcp((client) => {
    const server = connect(port, "127.0.0.1").on("error", () => {});
    client.on("close", () => server.destroy());
    server.pipe(client);
    client.on("data", (bytes) => {
      if (bytes.includes(word)) seen += 1;
      if (seen < 3) server.write(bytes);
      else client.resetAndDestroy();
    });
  });
  return proxy.port;
}

describe.skipIf(POSTGRES_BIN === undefined)("postgresSink", async () => {
  const server = POSTGRES_BIN === undefined ? ({} as PostgresServer) : await startPostgres();
  const countIn = async (schema: string) => (await rowsInPostgres(server, schema)).length;

  test("after kills at several moments, each resumed run goes on after the last commit, and nothing is lost", async () => {
    const schema = await server.schema();
    const url = server.url();
    exportInAnotherProcess(url, schema, 0, "write(0); kill();");
    exportInAnotherProcess(url, schema, 2, "kill();");
    exportInAnotherProcess(url, schema, 3, "write(3); setImmediate(kill);");
    exportInAnotherProcess(url, schema, 5, "write(5); setTimeout(kill, 5);");
    exportInAnotherProcess(url, schema, 10, "writer.close(); setImmediate(kill);");
    const { sink, result } = await exportToPostgres(server, { schema, mode: "resume" }, ({ checkpoint }) =>
      pages.slice(checkpoint?.nextPage),
    );
    // The last process may have published before it was killed.
    if (sink.finished === undefined) expect(sink.checkpoint).toEqual({ session, nextPage: 10, failedPages: [] });
    expect(result).toMatchObject({ totalRows: 1_000, duplicateProfiles: 0, complete: true });
    expect(await countIn(schema)).toBe(1_000);
  });

  test("a crash of the server ends the export in words, and a resumed run goes on after the last commit", async () => {
    const schema = await server.schema();
    async function* crashing() {
      yield* pages.slice(0, 4);
      await server.restart();
      yield* pages.slice(4);
    }
    const { error } = await exportToPostgres(server, { schema, batchSize: 100 }, crashing());
    expect(error).toMatchObject({
      code: "write-failed",
      message: expect.stringMatching(
        /^Cannot write to the database, the connection was lost, .+127\.0\.0\.1:\d+\/postgres$/,
      ),
    });
    const { sink, result } = await exportToPostgres(server, { schema, mode: "resume" }, ({ checkpoint }) =>
      pages.slice(checkpoint?.nextPage),
    );
    expect(sink.checkpoint).toEqual({ session, nextPage: 4, failedPages: [] });
    expect(result).toMatchObject({ totalRows: 1_000, duplicateProfiles: 0, complete: true });
  });

  test("a session that is ended on the server in the middle of a batch loses nothing", async () => {
    const schema = await server.schema();
    async function* ended() {
      yield* pages.slice(0, 3);
      await server.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'engage-export'`,
      );
      yield* pages.slice(3);
    }
    const { error } = await exportToPostgres(server, { schema, batchSize: 200 }, ended());
    expect(error).toMatchObject({ code: "write-failed", message: expect.stringContaining("the connection was lost") });
    const { result } = await exportToPostgres(server, { schema, mode: "resume" }, ({ checkpoint }) =>
      pages.slice(checkpoint?.nextPage),
    );
    expect(result).toMatchObject({ totalRows: 1_000, duplicateProfiles: 0, complete: true });
    expect(await countIn(schema)).toBe(1_000);
  });

  test.for(["BEGIN", "COPY", "PGCOPY", "UPDATE", "COMMIT"])(
    "a connection that is reset at %s ends the export in words at once, and a resumed run loses nothing",
    async (word) => {
      const schema = await server.schema();
      const url = server.url().replace(`:${server.port}/`, `:${await resettingProxy(server.port, word)}/`);
      const { error } = await exportToPostgres(server, { url, schema, batchSize: 100 }, pages);
      expect(error).toMatchObject({
        code: "write-failed",
        message: expect.stringContaining("the connection was lost"),
      });
      const { result } = await exportToPostgres(server, { schema, mode: "resume" }, ({ checkpoint }) =>
        pages.slice(checkpoint?.nextPage),
      );
      expect(result).toMatchObject({ totalRows: 1_000, duplicateProfiles: 0, complete: true });
    },
  );
});
