import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { partFiles } from "../../../src/files.ts";
import { dist, runLimited } from "../../helpers/limited-process.ts";
import { pageOf, sessionOf } from "../../helpers/page-results.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const session = sessionOf(1_000, { pageSize: 100 });
const idsOf = (page: number) => Array.from({ length: 100 }, (_, row) => `${page}-${row}`);
const ALL = Array.from({ length: 10 }, (_, page) => idsOf(page)).flat();

/** Runs the built package in a process of its own: writes pages, and ends as `last` says. */
function exportInAnotherProcess(path: string, { text = 1, pages = 10, last = "", limit = "unlimited" }) {
  const script = `
    import { partFiles } from ${JSON.stringify(dist("files"))};
    import { profileRow } from ${JSON.stringify(dist("index"))};
    const session = ${JSON.stringify(session)};
    const sink = await partFiles({ path: ${JSON.stringify(path)}, profilesPerFile: 200 });
    const writer = sink.getWriter();
    writer.closed.catch(() => {});
    const properties = () => ({ text: Array.from({ length: ${text} }, () => Math.random()).join() });
    try {
      for (let pageIndex = 0; pageIndex < ${pages}; pageIndex += 1) {
        const ids = Array.from({ length: 100 }, (_, row) => pageIndex + "-" + row);
        const rows = ids.map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: properties() }));
        const written = writer.write({ status: "loaded", session, pageIndex, attempts: 1, rows });
        if (pageIndex + 1 === ${pages}) { ${last} }
        await written;
      }
      await writer.close();
    } catch (error) {
      console.log(JSON.stringify({ code: error.code, message: error.message }));
    }`;
  return runLimited(script, limit);
}

/** Goes on from the checkpoint, and returns the ids that a reader of the mark finds. */
async function resumed(path: string): Promise<{ nextPage: number; ids: readonly string[] }> {
  const sink = await partFiles({ path, profilesPerFile: 200, mode: "resume" });
  const nextPage = sink.checkpoint?.nextPage ?? 0;
  const writer = sink.getWriter();
  for (let page = nextPage; page < 10; page += 1) await writer.write(pageOf(session, page, idsOf(page)));
  await writer.close();
  const { parts } = JSON.parse(readFileSync(join(path, "_export.json"), "utf8"));
  const names: string[] = parts.map(({ name }: { name: string }) => name);
  expect(readdirSync(path).sort()).toEqual(["_export.json", ...names]);
  const lines = names.flatMap((name) =>
    gunzipSync(readFileSync(join(path, name)))
      .toString()
      .trimEnd()
      .split("\n"),
  );
  return { nextPage, ids: lines.map((line) => JSON.parse(line).distinct_id) };
}

describe("partFiles, in a directory", () => {
  test.each([
    ["while a part grows", 5, "await written; process.kill(process.pid, 'SIGKILL');", 4],
    ["while a part is written", 6, "setImmediate(() => process.kill(process.pid, 'SIGKILL'));", undefined],
    ["before the first part", 1, "await written; process.kill(process.pid, 'SIGKILL');", 0],
  ])("loses no part when it is killed %s", async (_, pages, last, nextPage) => {
    const path = join(temporaryDirectory(), "parts");
    const { signal } = exportInAnotherProcess(path, { pages, last });
    expect(signal).toBe("SIGKILL");
    expect(readdirSync(path)).not.toContain("_export.json");
    const outcome = await resumed(path);
    expect(outcome.ids).toEqual(ALL);
    if (nextPage !== undefined) expect(outcome.nextPage).toBe(nextPage);
  });

  test("a disk that is full ends the export in words, and what was written can be gone on from", async () => {
    const path = join(temporaryDirectory(), "parts");
    const { said } = exportInAnotherProcess(path, { text: 100, limit: "20" });
    expect(JSON.parse(said)).toEqual({
      code: "write-failed",
      message: `Cannot write profiles, it would be larger than the file system or a limit allows: ${path}`,
    });
    expect(readdirSync(path)).toEqual(["_unfinished.json"]);
    expect((await resumed(path)).ids).toEqual(ALL);
  });
});
