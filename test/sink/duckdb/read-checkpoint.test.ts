import { existsSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { readCheckpoint } from "../../../src/duckdb.ts";
import type { ExportSession } from "../../../src/page/page-result.ts";
import { exportPages, rowsOf, temporaryDatabase, withDatabase } from "../../helpers/database.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";

describe("readCheckpoint", () => {
  test("without a file there is no checkpoint, and no file afterwards", async () => {
    const path = await temporaryDatabase();
    expect(await readCheckpoint(path)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  });

  test("a database without an export has no checkpoint", async () => {
    const path = await temporaryDatabase();
    await rowsOf(path, "CREATE TABLE other (a INTEGER)");
    expect(await readCheckpoint(path)).toBeUndefined();
    await exportPages({ path }, []);
    expect(await readCheckpoint(path)).toBeUndefined();
  });

  test("a checkpoint holds the session with its whole query", async () => {
    const path = await temporaryDatabase();
    const session: ExportSession = {
      ...sessionOf(5),
      query: {
        host: "https://eu.mixpanel.com",
        projectId: "12",
        groupId: "-1405123841946871899",
        distinctIds: ["ä", "'"],
      },
    };
    await exportPages({ path }, [pageOf(session, 0, ["a"])], new Error("killed"));
    expect(await readCheckpoint(path)).toStrictEqual({ session, nextPage: 1, failedPages: [] });
  });

  test("what the server did not say is undefined again", async () => {
    const path = await temporaryDatabase();
    const session: ExportSession = { ...sessionOf(undefined), sessionId: undefined };
    await exportPages({ path }, [pageOf(session, 0, ["a"])], new Error("killed"));
    expect(await readCheckpoint(path)).toStrictEqual({ session, nextPage: 1, failedPages: [] });
  });

  test("without its load table an export cannot go on", async () => {
    const path = await temporaryDatabase();
    await exportPages({ path }, [pageOf(sessionOf(5), 0, ["a"])], new Error("killed"));
    await rowsOf(path, "DROP TABLE profiles__loading");
    expect(await readCheckpoint(path)).toBeUndefined();
    const { sink, error } = await exportPages({ path, mode: "resume" }, [pageOf(sessionOf(1), 0, ["a"])]);
    expect([sink.checkpoint, error]).toEqual([undefined, undefined]);
  });

  test("a connection can be asked, and stays open", async () => {
    const path = await temporaryDatabase();
    await exportPages({ path }, [pageOf(sessionOf(5), 0, ["a"])], new Error("killed"));
    await withDatabase(path, async (connection) => {
      expect(await readCheckpoint({ connection })).toMatchObject({ nextPage: 1 });
      expect(await readCheckpoint({ connection, table: "other" })).toBeUndefined();
      await connection.run("SELECT 1");
    });
  });

  test("nothing stays open after a checkpoint was read, or could not be", async () => {
    const path = await temporaryDatabase();
    await exportPages({ path }, [pageOf(sessionOf(5), 0, ["a"])], new Error("killed"));
    await readCheckpoint(path);
    await expect(readCheckpoint({ path, schema: "nowhere" })).rejects.toMatchObject({ code: "table-not-found" });
    // A configuration of its own is refused as long as the file is open with another.
    (await DuckDBInstance.fromCache(path, { access_mode: "READ_ONLY" })).closeSync();
  });

  test("options are checked before the database is opened", async () => {
    await expect(readCheckpoint({ path: "x", table: "" })).rejects.toMatchObject({ code: "usage" });
    await expect(readCheckpoint("")).rejects.toMatchObject({ code: "usage" });
    expect(existsSync("x")).toBe(false);
  });
});
