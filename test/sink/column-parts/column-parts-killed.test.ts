import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parquetParts } from "../../../src/duckdb.ts";
import { directoryStore, partFiles } from "../../../src/files.ts";
import { columnPartsIn } from "../../helpers/column-parts.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { dist, runLimited } from "../../helpers/limited-process.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const session = sessionOf(1_000, { pageSize: 100 });
const idsOf = (page: number) => Array.from({ length: 100 }, (_, row) => `${page}-${row}`);
const ALL = Array.from({ length: 10 }, (_, page) => idsOf(page)).flat();

/** Runs the built package in a process of its own, which kills itself as soon as `moment` is true, and looks at every turn. */
function exportInAnotherProcess(path: string, { moment = "false", limit = "unlimited", text = 1 }) {
  const script = `
    import { existsSync, readdirSync } from "node:fs";
    import { partFiles } from ${JSON.stringify(dist("files"))};
    import { parquetParts } from ${JSON.stringify(dist("duckdb"))};
    import { profileRow } from ${JSON.stringify(dist("index"))};
    const path = ${JSON.stringify(path)};
    const session = ${JSON.stringify(session)};
    let pages = 0;
    const has = (text) => readdirSync(path).some((name) => name.includes(text));
    const look = () => {
      if (${moment}) process.kill(process.pid, "SIGKILL");
    };
    const watch = () => setImmediate(watch, look()).unref();
    const properties = () => ({ text: Array.from({ length: ${text} }, () => Math.random()).join() });
    try {
      const sink = await partFiles({ path, profilesPerFile: 300, format: parquetParts({ batchSize: 100 }) });
      watch();
      const writer = sink.getWriter();
      writer.closed.catch(() => {});
      for (let pageIndex = 0; pageIndex < 10; pageIndex += 1) {
        const ids = Array.from({ length: 100 }, (_, row) => pageIndex + "-" + row);
        const rows = ids.map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: properties() }));
        await writer.write({ status: "loaded", session, pageIndex, attempts: 1, rows });
        pages += 1;
        look();
      }
      await writer.close();
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message }));
    }`;
  return runLimited(script, limit);
}

/** Goes on from the checkpoint, and returns how many pages that took. */
async function resumed(path: string): Promise<number> {
  const sink = await partFiles({ path, profilesPerFile: 300, mode: "resume", format: parquetParts() });
  if (sink.finished !== undefined) return 0;
  const nextPage = sink.checkpoint?.nextPage ?? 0;
  const writer = sink.getWriter();
  for (let page = nextPage; page < 10; page += 1) await writer.write(pageOf(session, page, idsOf(page)));
  await writer.close();
  return 10 - nextPage;
}

/** Fails unless the mark names all parts that are there, and nothing else is. */
async function idsIn(path: string): Promise<readonly unknown[]> {
  const parts = await columnPartsIn(directoryStore(path));
  expect(readdirSync(path).sort()).toEqual(["_export.json", ...parts.map(({ name }) => name)]);
  return parts.flatMap(({ ids }) => ids);
}

describe("parquetParts, in a directory", () => {
  test.each([
    ["after half of the pages", "pages === 5", 5],
    ["while a part is made", "has('.duckdb.part')", 0],
    ["when the first part is there", "has('00000.parquet')", 0],
    ["when the last part is there", "has('00003.parquet')", 0],
    ["when the mark is there", "has('_export.json')", 0],
  ])("killed %s and resumed, every profile is there once", async (_, moment, pagesLeft) => {
    const path = join(temporaryDirectory(), "parts");
    expect(exportInAnotherProcess(path, { moment }).signal).toBe("SIGKILL");
    expect(await resumed(path)).toBe(pagesLeft);
    expect(await idsIn(path)).toEqual(ALL);
  });

  test("a disk that is full ends the export in words, and what was written can be gone on from", async () => {
    const path = join(temporaryDirectory(), "parts");
    const { said } = exportInAnotherProcess(path, { text: 300, limit: "1500" });
    const { code, message } = JSON.parse(said);
    expect([code, message]).toEqual(["write-failed", expect.stringMatching(/^Cannot /)]);
    expect(readdirSync(path)).toContain("_unfinished.json");
    expect(readdirSync(path)).not.toContain("_export.json");
    expect(await resumed(path)).toBeGreaterThan(0);
    expect(await idsIn(path)).toEqual(ALL);
  });

  test("a second export into the directory ends at once and names the first", async () => {
    const path = temporaryDirectory();
    const sink = await partFiles({ path, format: parquetParts() });
    const error = await errorOf(() => partFiles({ path, format: parquetParts(), mode: "resume" }));
    expect([error.code, error.message]).toEqual(["locked", expect.stringContaining("this process")]);
    await sink.abort();
    expect(readdirSync(path)).toEqual([]);
  });
});
