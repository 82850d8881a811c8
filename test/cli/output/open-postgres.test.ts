import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { exportFrom, run, simulatorEnv } from "../../helpers/cli-run.ts";
import { POSTGRES_BIN, type PostgresServer, SUPERUSER, startPostgres } from "../../helpers/postgres-server.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";
import { HOUR, timedProject } from "../../helpers/updated-table.ts";

const PASSWORD = SUPERUSER.password;

describe.skipIf(POSTGRES_BIN === undefined)("--out postgres://…", async () => {
  const server = POSTGRES_BIN === undefined ? ({} as PostgresServer) : await startPostgres();
  const given = { PGPASSWORD: PASSWORD };
  const count = async (schema: string, table = "profiles") =>
    (await server.sql(`SELECT count(*)::int AS rows FROM ${schema}.${table}`))[0]?.rows;

  test("creates a table, then appends, and prints the result", async () => {
    const schema = await server.schema();
    const args = ["--out", server.url({ password: "", schema }), "--table", "people", "--batch-size", "100"];
    const created = await exportWith(args, given);
    expect(created).toMatchObject({ code: 0 });
    expect(JSON.parse(created.stdout)).toMatchObject({ table: "people", total_rows: 450, complete: true });
    expect(created.stderr).toContain(", table people, in ");
    expect(created.stderr).not.toContain("password");
    expect(await exportWith(args, given)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("use --append or --replace, or choose another name: people"),
    });
    expect(await exportWith([...args, "--append"], given)).toMatchObject({ code: 0 });
    expect(await count(schema, "people")).toBe(450);
    expect(await exportWith([...args, "--resume"], given)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("Nothing is unfinished"),
    });
  });

  test("--update fetches what has changed, and with --dry-run it says how much that is", async () => {
    const schema = await server.schema();
    const { simulator, pass } = timedProject(12);
    const args = ["--out", server.url({ password: "", schema }), "--update"];
    const update = (...more: string[]) =>
      exportFrom(simulator, [...args, ...more], { env: { ...simulatorEnv(simulator), ...given } });
    expect((await update()).stderr).toContain("All profiles are fetched");
    pass(HOUR);
    simulator.change({ changed: 2, added: 1 });
    expect(JSON.parse((await update("--dry-run")).stdout)).toMatchObject({ reported_total: 3, total_pages: 1 });
    expect(JSON.parse((await update()).stdout)).toMatchObject({
      since: "2026-11-27T12:00:00.000Z",
      new_profiles: 1,
      changed_profiles: 2,
    });
    expect(await count(schema)).toBe(13);
  });

  test("a password in the URL is warned about, and never printed", async () => {
    const schema = await server.schema();
    const faults = [{ page: 2, fault: { kind: "response", status: 503 } }];
    const args = ["--out", server.url({ schema }), "--max-retries", "0", "--verbose"];
    const { code, stdout, stderr } = await exportWith(args, {}, { faults });
    expect(code).toBe(1);
    expect(stderr).toContain("The password in --out shows in the list of processes");
    expect(stderr).toContain(`go on with: engage-export --resume --out`);
    for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)]) expect(stdout + stderr).not.toContain(secret);
  });

  test("a password is taken from ~/.pgpass, unless others can read that", async () => {
    const schema = await server.schema();
    const args = ["--out", server.url({ password: "", schema })];
    const home = temporaryDirectory();
    const file = join(home, ".pgpass");
    const secret = PASSWORD.replace(/[:\\]/g, "\\$&");
    writeFileSync(file, `# ours\nelsewhere:*:*:*:wrong\n127.0.0.1:${server.port}:*:postgres:${secret}\n`);
    chmodSync(file, 0o644);
    const open = await exportWith(args, { HOME: home });
    expect(open).toMatchObject({ code: 2, stderr: expect.stringContaining("others can read it too; run `chmod 600`") });
    chmodSync(file, 0o600);
    expect(await exportWith(args, { HOME: home })).toMatchObject({ code: 0 });
    expect(await count(schema)).toBe(450);
  });

  test.each([
    ["a wrong password", () => server.url({ password: "wrong" }), "the server refuses the user or the password"],
    ["no password", () => server.url({ password: "" }), "the server refuses the user or the password"],
    ["an unknown role", () => server.url({ user: "nobody" }), "the server refuses the user or the password"],
    ["an unknown database", () => server.url().replace(/postgres$/, "nothing"), "there is no such database"],
    ["an unknown host", () => "postgres://a@host.invalid/b", "the host name is unknown"],
    ["a port where nobody listens", () => "postgres://a@127.0.0.1:1/b", "no server listens there"],
    ["a URL that is none", () => "postgres://a:b c/d@e:f/g", "--out must be a URL"],
  ])("%s ends in words before anything is requested", async (_, url, reason) => {
    const { code, stderr } = await exportWith(["--out", url()]);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(reason) });
    expect(stderr).not.toMatch(/wrong|b c/);
  });
});

function exportWith(args: readonly string[], env: Readonly<Record<string, string>> = {}, options = {}) {
  const simulator = smallSimulator(options);
  return run(args, { fetch: simulator, env: { ...simulatorEnv(simulator), ...env } });
}
