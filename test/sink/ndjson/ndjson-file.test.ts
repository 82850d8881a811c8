import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import { EngageError } from "../../../src/engage-error.ts";
import { type ExportSink, type NdjsonFileOptions, ndjsonFile } from "../../../src/files.ts";
import type { ExportSession, PageResult } from "../../../src/page/page-result.ts";
import { type ProfileRow, profileRow } from "../../../src/page/profile-row.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const PATH = "a.ndjson";
const PART = `${PATH}.part`;
const CHECKPOINT = `${PATH}.checkpoint.json`;

function fileIn(directory: string, options: Partial<NdjsonFileOptions> = {}): Promise<ExportSink> {
  return ndjsonFile({ path: join(directory, PATH), onFailedPage: "skip", ...options });
}

function session(sessionId = "one", totalPages = 3): ExportSession {
  const query = { host: "https://mixpanel.com", projectId: "1" };
  return { sessionId, total: totalPages * 2, pageSize: 2, totalPages, query };
}

/** A page of two profiles. */
function page(pageIndex: number, of = session()): PageResult<ProfileRow> {
  const rows = [1, 2].map((row) => profileRow({ distinctId: `${pageIndex}.${row}`, lastSeen: null, properties: {} }));
  return { status: "loaded", session: of, pageIndex, attempts: 1, rows };
}

function failedPage(pageIndex: number, of = session()): PageResult<ProfileRow> {
  return { status: "failed", session: of, pageIndex, attempts: 1, error: new EngageError("server", "HTTP 503") };
}

async function writeAll(sink: ExportSink, ...pages: PageResult<ProfileRow>[]): Promise<WritableStreamDefaultWriter> {
  const writer = sink.getWriter();
  for (const each of pages) await writer.write(each);
  return writer;
}

const text = (directory: string, path = PATH) => readFileSync(join(directory, path), "utf8");
const linesOf = (...pages: number[]) =>
  pages
    .flatMap((index) => [1, 2].map((row) => `{"distinct_id":"${index}.${row}","last_seen":null,"properties":{}}\n`))
    .join("");

async function interrupted(directory: string, options: Partial<NdjsonFileOptions>, ...pages: PageResult<ProfileRow>[]) {
  const writer = await writeAll(await fileIn(directory, options), ...pages);
  await writer.abort(new Error("interrupted"));
}

describe("ndjsonFile", () => {
  test("an export that ends early leaves whole pages and a checkpoint that says where", async () => {
    const directory = temporaryDirectory();
    await interrupted(directory, {}, page(0), page(1));
    expect(text(directory, PART)).toBe(linesOf(0, 1));
    expect(readdirSync(directory)).toEqual([CHECKPOINT, PART]);
    const sink = await fileIn(directory, { mode: "resume" });
    expect(sink.checkpoint).toEqual({ session: session(), nextPage: 2, failedPages: [] });
    await (await writeAll(sink, page(2))).close();
    expect(await sink.result).toMatchObject({ totalRows: 6, successfulPages: 3, complete: true });
    expect(text(directory)).toBe(linesOf(0, 1, 2));
    expect(readdirSync(directory)).toEqual([PATH]);
  });

  test("what stands behind the checkpoint is cut off", async () => {
    const directory = temporaryDirectory();
    await interrupted(directory, {}, page(0));
    appendFileSync(join(directory, PART), '{"distinct_id":"1.1","last_se');
    await (await writeAll(await fileIn(directory, { mode: "resume" }), page(1), page(2))).close();
    expect(text(directory)).toBe(linesOf(0, 1, 2));
  });

  test("a file shorter than its checkpoint starts over and says so", async () => {
    const directory = temporaryDirectory();
    await interrupted(directory, {}, page(0), page(1));
    truncateSync(join(directory, PART), 10);
    const onWarning = vi.fn();
    const sink = await fileIn(directory, { mode: "resume", onWarning });
    expect(onWarning).toHaveBeenCalledExactlyOnceWith({
      code: "unfinished-export-dropped",
      message: `The export starts over, because the file is shorter than it was when the export was interrupted: ${join(directory, PATH)}`,
    });
    expect(sink.checkpoint).toBeUndefined();
    await (await writeAll(sink, page(0), page(1), page(2))).close();
    expect(text(directory)).toBe(linesOf(0, 1, 2));
  });

  test("a shorter file that was appended to keeps what was there before", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "mine\n");
    await interrupted(directory, { mode: "append" }, page(0), page(1));
    truncateSync(join(directory, PATH), 20);
    await (await writeAll(await fileIn(directory, { mode: "resume" }), page(0), page(1), page(2))).close();
    expect(text(directory)).toBe(`mine\n${linesOf(0, 1, 2)}`);
  });

  test.each([
    ["while it was interrupted", async (directory: string) => interrupted(directory, {}, page(0))],
    [
      "where it lacks pages and was moved away",
      async (directory: string) => {
        await (await writeAll(await fileIn(directory), page(0), failedPage(1), page(2))).close();
        renameSync(join(directory, PATH), join(directory, "b.ndjson"));
      },
    ],
  ])("another file that came into its place %s is not written over by resume", async (_, leave) => {
    const directory = temporaryDirectory();
    await leave(directory);
    for (const mine of ["{}\n", `${"x".repeat(1_000)}\n`]) {
      writeFileSync(join(directory, PATH), mine);
      const error = await errorOf(() => fileIn(directory, { mode: "resume" }));
      expect([error.code, error.message]).toEqual(["usage", expect.stringContaining("another file was put there")]);
      expect(text(directory)).toBe(mine);
    }
  });

  test.each(["append", "resume"] as const)(
    "a file that was put into the place of one that lines were added to keeps all of its own: %s",
    async (mode) => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, PATH), "{}\n");
      await interrupted(directory, { mode: "append" }, page(0));
      renameSync(join(directory, PATH), join(directory, "b.ndjson"));
      const mine = `${"x".repeat(1_000)}\n`;
      writeFileSync(join(directory, PATH), mine);
      await (await writeAll(await fileIn(directory, { mode }), page(0), page(1), page(2))).close();
      expect(text(directory)).toBe(mine + linesOf(0, 1, 2));
    },
  );

  test("with nothing to resume it starts over, in an empty file too", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "");
    await (await writeAll(await fileIn(directory, { mode: "resume" }), page(0), page(1), page(2))).close();
    expect(text(directory)).toBe(linesOf(0, 1, 2));
  });

  test("a finished file is left alone by resume, which says since when it is finished", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "mine\n");
    const sink = await fileIn(directory, { mode: "resume" });
    expect(sink.finished).toEqual({ at: expect.any(Date), result: undefined, checkpoint: undefined });
    expect((await errorOf(() => writeAll(sink, page(0)))).code).toBe("usage");
    expect([text(directory), readdirSync(directory)]).toEqual(["mine\n", [PATH]]);
  });

  test.each([true, false])(
    "a kill while the file takes its name is made good by resume: renamed %s",
    async (renamed) => {
      const directory = temporaryDirectory();
      await interrupted(directory, {}, page(0), page(1), page(2));
      const checkpoint = JSON.parse(text(directory, CHECKPOINT));
      writeFileSync(join(directory, CHECKPOINT), JSON.stringify({ ...checkpoint, publishing: true }));
      if (renamed) renameSync(join(directory, PART), join(directory, PATH));
      const sink = await fileIn(directory, { mode: "resume" });
      expect(sink.finished?.result).toMatchObject({ totalRows: 6, complete: true });
      expect([text(directory), readdirSync(directory)]).toEqual([linesOf(0, 1, 2), [PATH]]);
    },
  );

  test("an export that begins drops what an unfinished one left, and says so", async () => {
    const directory = temporaryDirectory();
    await interrupted(directory, {}, page(0));
    const onWarning = vi.fn();
    await (await writeAll(await fileIn(directory, { onWarning }), page(0), page(1), page(2))).close();
    expect(onWarning.mock.calls.map(([{ code }]) => code)).toEqual(["unfinished-export-dropped"]);
    expect(text(directory)).toBe(linesOf(0, 1, 2));
    await interrupted(directory, { mode: "append" }, page(0));
    await (await writeAll(await fileIn(directory, { mode: "append" }), page(1), page(2), page(0))).close();
    expect(text(directory)).toBe(linesOf(0, 1, 2, 1, 2, 0));
  });

  test("lines are added to a file whose last line has no end", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "mine");
    await (await writeAll(await fileIn(directory, { mode: "append" }), page(0, session("one", 1)))).close();
    expect(text(directory)).toBe(`mine\n${linesOf(0)}`);
  });

  test("to append to a file that is not there makes it", async () => {
    const directory = temporaryDirectory();
    await (await writeAll(await fileIn(directory, { mode: "append" }), page(0, session("one", 1)))).close();
    expect(text(directory)).toBe(linesOf(0));
  });

  test("another session drops what this export wrote, and nothing else", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "mine\n");
    const two = session("two");
    const sink = await fileIn(directory, { mode: "append" });
    await (await writeAll(sink, page(0), page(1), page(0, two), page(1, two), page(2, two))).close();
    expect(text(directory)).toBe(`mine\n${linesOf(0, 1, 2)}`);
    expect(await sink.result).toMatchObject({ totalRows: 6, complete: true });
  });

  test("another session is in the checkpoint as soon as it is in the file", async () => {
    const directory = temporaryDirectory();
    await interrupted(directory, {}, page(0), page(1));
    const writer = await writeAll(await fileIn(directory, { mode: "resume" }), page(0, session("two")));
    expect(JSON.parse(text(directory, CHECKPOINT))).toMatchObject({
      end: linesOf(0).length,
      saved: { checkpoint: { session: { sessionId: "two" }, nextPage: 1 } },
    });
    await writer.abort();
  });

  test("pages that failed are missing until they are resumed", async () => {
    const directory = temporaryDirectory();
    const sink = await fileIn(directory);
    await (await writeAll(sink, page(0), failedPage(1), page(2))).close();
    expect(await sink.result).toMatchObject({ failedPageIndices: [1], missing: 2, complete: false });
    expect(text(directory)).toBe(linesOf(0, 2));
    const resumed = await fileIn(directory, { mode: "resume" });
    expect(resumed.checkpoint).toEqual({ session: session(), nextPage: 3, failedPages: [1] });
    await (await writeAll(resumed, page(1))).close();
    expect(await resumed.result).toMatchObject({ failedPageIndices: [], missing: 0, complete: true });
    expect(text(directory)).toBe(linesOf(0, 2, 1));
    expect(readdirSync(directory)).toEqual([PATH]);
  });

  test("with stop the first failed page ends the export, and can be resumed", async () => {
    const directory = temporaryDirectory();
    const sink = await fileIn(directory, { onFailedPage: "stop" });
    const error = await errorOf(() => writeAll(sink, page(0), failedPage(1)));
    expect([error.code, error.result?.failedPageIndices]).toEqual(["incomplete", [1]]);
    expect((await errorOf(() => sink.result)).code).toBe("incomplete");
    const resumed = await fileIn(directory, { mode: "resume" });
    expect(resumed.checkpoint).toMatchObject({ nextPage: 2, failedPages: [1] });
    await resumed.abort();
  });

  test("a replaced file stays until the new one is complete", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "old\n");
    await interrupted(directory, { mode: "replace" }, page(0));
    expect([text(directory), text(directory, PART)]).toEqual(["old\n", linesOf(0)]);
    const sink = await fileIn(directory, { mode: "resume" });
    const writer = await writeAll(sink, page(1), page(2));
    expect([text(directory), text(directory, PART)]).toEqual(["old\n", linesOf(0, 1, 2)]);
    await writer.close();
    expect(text(directory)).toBe(linesOf(0, 1, 2));
    expect(readdirSync(directory)).toEqual([PATH]);
  });

  test("a replacement that lacks rows, though no page, stays beside the old file", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "old\n");
    const sink = await fileIn(directory, { mode: "replace" });
    await (await writeAll(sink, page(0), page(1))).close();
    expect(await sink.result).toMatchObject({ missing: 2, hasFailures: false });
    expect([text(directory), text(directory, PART)]).toEqual(["old\n", linesOf(0, 1)]);
  });

  test("a new replacement forgets the checkpoint of the last one first", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "old\n");
    await interrupted(directory, { mode: "replace" }, page(0));
    const sink = await fileIn(directory, { mode: "replace" });
    expect([text(directory, PART), JSON.parse(text(directory, CHECKPOINT)).end]).toEqual(["", 0]);
    await sink.abort();
    expect(readdirSync(directory)).toEqual([PATH]);
  });

  test("an export that got nothing leaves nothing", async () => {
    const directory = temporaryDirectory();
    await interrupted(directory, {});
    expect(readdirSync(directory)).toEqual([]);
  });

  test("a sink that nothing comes into leaves an empty file", async () => {
    const directory = temporaryDirectory();
    const sink = await fileIn(directory);
    await sink.close();
    expect([text(directory), (await sink.result).totalRows]).toEqual(["", 0]);
  });

  test("checkpoints take a twentieth of the time", async () => {
    const directory = temporaryDirectory();
    let now = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const next = () => JSON.parse(text(directory, CHECKPOINT)).saved.checkpoint.nextPage;
    const sink = await fileIn(directory);
    // The first one begins when the page has been written, and ends 5 ms later.
    vi.spyOn(performance, "now")
      .mockImplementationOnce(() => now)
      .mockImplementationOnce(() => now - 5);
    const writer = await writeAll(sink, page(0));
    expect(next()).toBe(1);
    now += 99;
    await writer.write(page(1));
    expect(next()).toBe(1);
    now += 1;
    await writer.write(page(2));
    expect(next()).toBe(3);
    await writer.abort();
  });

  test("profiles without an id are written, counted and warned about once", async () => {
    const directory = temporaryDirectory();
    const onWarning = vi.fn();
    const sink = await fileIn(directory, { onWarning });
    const row = profileRow({ distinctId: null, lastSeen: null, properties: {} });
    await (await writeAll(sink, { ...page(0), rows: [row, row] } as PageResult<ProfileRow>)).close();
    expect(await sink.result).toMatchObject({ totalRows: 0, profilesWithoutId: 2 });
    expect(onWarning).toHaveBeenCalledExactlyOnceWith({
      code: "profiles-without-id",
      message: "2 profiles have no id; distinct_id is null there",
    });
  });

  test("a compressed file is one member, whatever happened on the way", async () => {
    const directory = temporaryDirectory();
    const two = session("two");
    const sink = await fileIn(directory, { gzip: true });
    await (await writeAll(sink, page(0), page(1), page(0, two), page(1, two), page(2, two))).close();
    const bytes = readFileSync(join(directory, PATH));
    expect(gunzipSync(bytes).toString()).toBe(linesOf(0, 1, 2));
    const member = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
    expect(await member.text()).toBe(linesOf(0, 1, 2));
    expect(readdirSync(directory)).toEqual([PATH]);
  });

  test("a compressed file that was interrupted has no name yet, and is exported again by resume", async () => {
    const directory = temporaryDirectory();
    await interrupted(directory, { gzip: true }, page(0));
    expect(existsSync(join(directory, PATH))).toBe(false);
    const onWarning = vi.fn();
    const sink = await fileIn(directory, { gzip: true, mode: "resume", onWarning });
    expect(onWarning.mock.calls).toMatchObject([[{ message: expect.stringContaining("a compressed file cannot be") }]]);
    await (await writeAll(sink, page(0), page(1), page(2))).close();
    expect(gunzipSync(readFileSync(join(directory, PATH))).toString()).toBe(linesOf(0, 1, 2));
  });

  test.each([
    ["{", "the checkpoint is no JSON"],
    ['{"version":3}', "the checkpoint is damaged, or of another version"],
    ['{"version":1}', "the checkpoint is damaged, or of another version"],
    ['{"version":2,"mode":"create","begin":9,"end":2}', "the checkpoint is damaged, or of another version"],
    ["null", "the checkpoint is damaged, or of another version"],
  ])("a checkpoint that cannot be understood is refused: %s", async (content, reason) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "mine\n");
    writeFileSync(join(directory, CHECKPOINT), content);
    const { code, message } = await errorOf(() => fileIn(directory, { mode: "resume" }));
    expect([code, message]).toEqual(["usage", expect.stringContaining(`${reason}; remove it to start over`)]);
    expect(text(directory)).toBe("mine\n");
  });

  test("a directory is refused", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, PATH));
    const { code, message } = await errorOf(() => fileIn(directory));
    expect([code, message]).toEqual(["usage", `Cannot write there, it is a directory: ${join(directory, PATH)}`]);
  });

  test("an append that comes to nothing leaves the file as it was, its open last line too", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), '{"mine":1}');
    await (await fileIn(directory, { mode: "append" })).abort(new Error("no page came"));
    expect(text(directory)).toBe('{"mine":1}');
    expect(readdirSync(directory)).toEqual([PATH]);
    await (await writeAll(await fileIn(directory, { mode: "append" }), page(0), page(1), page(2))).close();
    expect(text(directory)).toBe(`{"mine":1}\n${linesOf(0, 1, 2)}`);
  });

  test("a replacement refuses to write over a file that is not its own", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, PATH), "old\n");
    writeFileSync(join(directory, PART), "precious\n");
    const { code, message } = await errorOf(() => fileIn(directory, { mode: "replace" }));
    expect([code, message]).toEqual(["usage", expect.stringContaining("another file has the name that is needed")]);
    expect([text(directory), text(directory, PART)]).toEqual(["old\n", "precious\n"]);
  });
});
