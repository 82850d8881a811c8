import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { profileRow } from "../../../src/index.ts";
import { CapturedOutput, run } from "../../helpers/cli-run.ts";
import { exportPages } from "../../helpers/database.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

/** Opens a database to write, says so, and holds it until it is killed. */
const HOLD = `import("@duckdb/node-api").then(async ({ DuckDBInstance }) => {
  globalThis.held = await DuckDBInstance.create(process.argv[1]);
  console.log("open");
  setInterval(() => {}, 1e6);
});`;

/** A file with a table of three profiles. */
async function profileFile(): Promise<string> {
  const cwd = temporaryDirectory();
  const rows = [
    { $email: "a@b.c", mrr: 1 },
    { $email: null, mrr: 2.5 },
    { mrr: 2.5, tags: ["x"] },
  ].map((properties, index) => profileRow({ distinctId: `id-${index}`, lastSeen: null, properties }));
  await exportPages({ path: join(cwd, "a.duckdb") }, [pageOf(sessionOf(3), 0, rows)]);
  return cwd;
}

describe("columns", () => {
  test("are a JSON array in a pipe", async () => {
    const { code, stdout } = await run(["columns", "a.duckdb"], { cwd: await profileFile() });
    expect([code, JSON.parse(stdout)]).toEqual([
      0,
      [
        { property: "$email", name: "$email", type: "VARCHAR", profiles: 2, distinct_values: expect.any(Number) },
        { property: "mrr", name: "mrr", type: "DOUBLE", profiles: 3, distinct_values: expect.any(Number) },
        { property: "tags", name: "tags", type: "JSON", profiles: 1, distinct_values: expect.any(Number) },
      ],
    ]);
  });

  test("are a table on a terminal, under names that every warehouse takes if that is asked for", async () => {
    const stdout = new CapturedOutput(100);
    await run(["columns", "a.duckdb", "--column-names", "plain"], { cwd: await profileFile(), stdout });
    expect(stdout.text.split("\n").map((line) => line.split(/ {2,}/).slice(0, 3))).toMatchObject([
      ["property", "column", "type"],
      {},
      ["$email", "email", "VARCHAR"],
      ["mrr", "mrr", "DOUBLE"],
      ["tags", "tags", "JSON"],
      {},
    ]);
  });

  test("of a file that cannot be read are refused in words, without waiting", async () => {
    const cwd = await profileFile();
    writeFileSync(join(cwd, "text.duckdb"), "no database, only text");
    mkdirSync(join(cwd, "directory.duckdb"));
    execFileSync("mkfifo", [join(cwd, "pipe.duckdb")]);
    // A process of its own, as the file's lock is for processes.
    const writer = spawn(process.execPath, ["-e", HOLD, join(cwd, "a.duckdb")], { cwd: import.meta.dirname });
    onTestFinished(() => void writer.kill("SIGKILL"));
    await once(writer.stdout, "data");
    for (const [file, reason] of [
      ["text.duckdb", "the file is no DuckDB database"],
      ["directory.duckdb", "not a directory"],
      ["pipe.duckdb", "not a pipe"],
      ["a.duckdb", `process ${writer.pid}`],
    ] as const) {
      const { code, stdout, stderr } = await run(["columns", file], { cwd });
      expect([code, stdout, stderr]).toEqual([
        2,
        "",
        expect.stringMatching(`^error: Cannot open .*${reason}.*${file}|must be a file, ${reason}`),
      ]);
    }
  });

  test.each([
    [["columns"], "Name a DuckDB file"],
    [["columns", "missing.duckdb"], "there is no such file: missing.duckdb"],
    [["columns", "a.duckdb", "--table", "people"], "there is no such table"],
    [["columns", "a.duckdb", "--max-columns", "0"], "--max-columns must be a whole number"],
  ])("are refused in words: %j", async (args, message) => {
    const { code, stdout, stderr } = await run(args, { cwd: await profileFile() });
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
  });
});
