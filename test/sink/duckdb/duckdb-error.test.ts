import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, onTestFinished, test } from "vitest";
import { duckdbSink } from "../../../src/duckdb.ts";
import { exportPages, profilesIn, rowsOf, tablesIn, temporaryDatabase, withDatabase } from "../../helpers/database.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const session = sessionOf(6);
const first = pageOf(session, 0, ["a", "b", "c"]);
const second = pageOf(session, 1, ["c", "d", "e"]);

describe("openError", () => {
  test("a database that another process has open is named with that process", async () => {
    const path = await temporaryDatabase();
    const hold = `import { DuckDBInstance } from "@duckdb/node-api";
    await DuckDBInstance.create(${JSON.stringify(path)});
    console.log("open");
    process.stdin.resume();`;
    const holder = spawn(process.execPath, ["--input-type=module", "--eval", hold], { cwd: root });
    onTestFinished(() => void holder.kill("SIGKILL"));
    await once(holder.stdout, "data");
    await expect(duckdbSink(path)).rejects.toMatchObject({
      code: "locked",
      message: expect.stringMatching(
        new RegExp(
          `^Cannot open the database, process ${holder.pid} \\(.+\\) has it open; end that one first, .+: ${path}$`,
        ),
      ),
    });
  });

  test("a path into a directory that is missing is refused in words", async () => {
    const [code, reason] = ["write-failed", "its directory is missing; create it first"];
    const path = join(temporaryDirectory(), "none/x.duckdb");
    const error = await duckdbSink(path).catch((error: unknown) => error);
    expect(error).toMatchObject({ code, message: expect.stringContaining(reason) });
    expect(String(error)).toMatch(new RegExp(`^EngageError: Cannot open the database, .+: ${path}$`));
  });

  test("a file that this process has open with other options is refused in words", async () => {
    const path = await temporaryDatabase();
    await rowsOf(path, "CREATE TABLE x (a INTEGER)");
    const instance = await DuckDBInstance.fromCache(path, { access_mode: "READ_ONLY" });
    onTestFinished(() => instance.closeSync());
    const reason = expect.stringContaining("this process has it open with other options; close that, or pass its");
    await expect(duckdbSink(path)).rejects.toMatchObject({ code: "write-failed", message: reason });
  });

  test("a load table that is dropped under the export ends it with an error, and the file is free", async () => {
    const path = await temporaryDatabase();
    const sink = await duckdbSink({ path, batchSize: 100 });
    const writer = sink.getWriter();
    writer.closed.catch(() => {});
    const ids = Array.from({ length: 100 }, (_, index) => `id-${index}`);
    await writer.write(pageOf(session, 0, ids));
    await rowsOf(path, "DROP TABLE profiles__loading");
    const failure = {
      code: "write-failed",
      message: expect.stringMatching(
        /^Cannot write to the database, what it needs was dropped meanwhile; .+: .+profiles\.duckdb$/,
      ),
    };
    await expect(writer.write(pageOf(session, 1, ids))).rejects.toMatchObject(failure);
    await expect(sink.result).rejects.toMatchObject(failure);
    expect(await tablesIn(path)).toEqual(["_engage_exports"]);
    expect((await exportPages({ path, mode: "resume" }, [first, second])).error).toBeUndefined();
  });

  test("a target that is dropped under an append ends it with an error, and it can be resumed", async () => {
    const path = await temporaryDatabase();
    await exportPages({ path }, []);
    const { error } = await exportPages({ path, mode: "append" }, async function* () {
      yield first;
      await rowsOf(path, "DROP TABLE profiles");
    });
    expect(error).toMatchObject({ code: "table-not-found" });
    await rowsOf(path, "CREATE TABLE profiles (distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON)");
    const { result } = await exportPages({ path, mode: "resume" }, [second]);
    expect(result).toMatchObject({ totalRows: 5, duplicateProfiles: 1 });
  });

  test("a constraint of the caller's own fails the publishing, and nothing of it is in the table", async () => {
    const path = await temporaryDatabase();
    const columns =
      "distinct_id VARCHAR PRIMARY KEY, last_seen TIMESTAMP, properties JSON CHECK (length(properties) > 99)";
    await rowsOf(path, `CREATE TABLE profiles (${columns})`);
    const { error } = await exportPages({ path, mode: "append" }, [first, second]);
    expect(error).toMatchObject({ code: "write-failed", message: expect.stringContaining("CHECK constraint") });
    expect(await profilesIn(path)).toEqual([]);
    await withDatabase(path, async (connection) => {
      expect(await rowsOf(connection, "SELECT count(*) FROM profiles__loading")).toEqual([[5n]]);
    });
  });
});
