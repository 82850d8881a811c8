import { existsSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { duckdbSink } from "../../../src/duckdb.ts";
import { exportPages, profilesIn, rowsOf, temporaryDatabase } from "../../helpers/database.ts";
import { dist, runLimited } from "../../helpers/limited-process.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";

const session = sessionOf(1_000, { pageSize: 100 });
const pages = Array.from({ length: 10 }, (_, index) => pageOf(session, index, idsOf(index)));

function idsOf(index: number): string[] {
  return Array.from({ length: 100 }, (_, row) => `${index}-${row}`);
}

/** Runs the built package in a process of its own: sends pages with this much text per profile, then does what is to come last. */
function exportInAnotherProcess(
  path: string,
  { text = 1, pages: count = 10, last = "", limit = "unlimited", tell = false },
) {
  const script = `
    import { duckdbSink } from ${JSON.stringify(dist("duckdb"))};
    import { profileRow } from ${JSON.stringify(dist("index"))};
    const session = ${JSON.stringify(session)};
    const say = (value) => ${tell} && console.log(JSON.stringify(value));
    const sink = await duckdbSink({ path: ${JSON.stringify(path)}, batchSize: 100, onWarning: say });
    const writer = sink.getWriter();
    writer.closed.catch(() => {});
    const properties = () => ({ text: Array.from({ length: ${text} }, () => Math.random()).join() });
    try {
      for (let pageIndex = 0; pageIndex < ${count}; pageIndex += 1) {
        const ids = Array.from({ length: 100 }, (_, row) => pageIndex + "-" + row);
        const rows = ids.map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: properties() }));
        await writer.write({ status: "loaded", session, pageIndex, attempts: 1, rows });
      }
      ${last}
      await writer.close();
      say(await sink.result);
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message }));
    }`;
  return runLimited(script, limit);
}

describe("duckdbSink", () => {
  test("after a kill every page that was committed is there, and a resumed run fetches only the rest", async () => {
    const path = await temporaryDatabase();
    const { signal } = exportInAnotherProcess(path, { pages: 4, last: "process.kill(process.pid, 'SIGKILL');" });
    expect(signal).toBe("SIGKILL");
    const { sink, result } = await exportPages({ path, mode: "resume" }, pages.slice(4));
    expect(sink.checkpoint).toEqual({ session, nextPage: 4, failedPages: [] });
    expect(result).toMatchObject({ totalRows: 1_000, duplicateProfiles: 0, complete: true });
    expect(new Set((await profilesIn(path)).map(([id]) => id))).toEqual(
      new Set(pages.flatMap((_, index) => idsOf(index))),
    );
  });

  test("a disk that is full in the last checkpoint leaves a complete export, its rows in the log, and a warning", async () => {
    const path = await temporaryDatabase();
    // No byte of it can be compressed, so that the file is almost as large as it may become.
    await rowsOf(path, "CREATE TABLE mine AS SELECT md5(random()::VARCHAR)::BLOB AS noise FROM range(60000)");
    const limit = String(Math.ceil(statSync(path).size / 1024) + 100);
    const { said } = exportInAnotherProcess(path, { text: 40, limit, tell: true });
    const [result, warning] = said
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
      .reverse();
    expect(result).toMatchObject({ total_rows: 1_000, complete: true });
    expect(warning).toMatchObject({
      code: "table-changed",
      message: expect.stringMatching(
        /^All rows are committed, but some are in DuckDB's log beside the file \(\.wal\), .+: /,
      ),
    });
    expect(existsSync(`${path}.wal`)).toBe(true);
    const sink = await duckdbSink({ path, mode: "resume" });
    expect(sink.finished?.result).toMatchObject({ totalRows: 1_000, complete: true });
    expect(await rowsOf(path, "SELECT count(DISTINCT distinct_id) FROM profiles")).toEqual([[1_000n]]);
  });

  test("a disk that is full ends the export in words, and what was committed can be resumed", async () => {
    const path = await temporaryDatabase();
    const { said } = exportInAnotherProcess(path, { text: 50, limit: "500" });
    expect(JSON.parse(said)).toMatchObject({
      code: "write-failed",
      message: expect.stringMatching(
        /^Cannot write to the database, the disk is full; free some space and resume .+: .+duckdb$/,
      ),
    });
    const { sink, result } = await exportPages({ path, mode: "resume" }, ({ checkpoint }) =>
      pages.slice(checkpoint?.nextPage),
    );
    expect(sink.checkpoint?.nextPage).toBeGreaterThan(0);
    expect(result).toMatchObject({ totalRows: 1_000, duplicateProfiles: 0, complete: true });
    expect(await rowsOf(path, "SELECT count(DISTINCT distinct_id) FROM profiles")).toEqual([[1_000n]]);
  });
});
