import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { type ExportSink, type PartFilesOptions, partFiles } from "../../../src/files.ts";
import type { PageResult } from "../../../src/page/page-result.ts";
import type { ProfileRow } from "../../../src/page/profile-row.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";
import { MemoryStore } from "../../helpers/part-store.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

type Page = PageResult<ProfileRow>;

const session = sessionOf(12);
const page = (index: number, of = session): Page => pageOf(of, index, idsOf(index));
const idsOf = (...pages: number[]) => pages.flatMap((index) => [1, 2, 3].map((row) => `${index}.${row}`));
const ALL = idsOf(0, 1, 2, 3);

function open(store: MemoryStore, options: Partial<PartFilesOptions> = {}): Promise<ExportSink> {
  return partFiles({ store, profilesPerFile: 6, onFailedPage: "skip", ...options });
}

async function write(sink: ExportSink, ...pages: Page[]): Promise<WritableStreamDefaultWriter<Page>> {
  const writer = sink.getWriter();
  for (const each of pages) await writer.write(each);
  return writer;
}

async function exported(store: MemoryStore, options: Partial<PartFilesOptions> = {}): Promise<ExportSink> {
  const sink = await open(store, options);
  await (await write(sink, page(0), page(1), page(2), page(3))).close();
  return sink;
}

async function interrupted(store: MemoryStore, options: Partial<PartFilesOptions>, ...pages: Page[]): Promise<void> {
  await (await write(await open(store, options), ...pages)).abort(new Error("interrupted"));
}

/** Goes on as a source would: from the checkpoint of the sink. */
async function resume(store: MemoryStore, options: Partial<PartFilesOptions> = {}): Promise<ExportSink> {
  const sink = await open(store, { mode: "resume", ...options });
  const { failedPages = [], nextPage = 0 } = sink.checkpoint ?? {};
  if (sink.finished !== undefined) return sink;
  const due = [...failedPages, ...[0, 1, 2, 3].filter((index) => index >= nextPage)];
  await (await write(sink, ...due.map((index) => page(index)))).close();
  return sink;
}

describe("partFiles", () => {
  test("writes whole pages into parts and marks the export last", async () => {
    const store = new MemoryStore();
    const puts = vi.spyOn(store, "put");
    const sink = await exported(store);
    expect(store.ids).toEqual(ALL);
    expect(puts.mock.calls.at(-1)?.[0]).toBe("_export.json");
    expect([...store.files.keys()].sort()).toEqual(["_export.json", ...store.parts]);
    const mark = store.json("_export.json");
    expect(store.parts).toEqual([`part-${mark.export}-00000.ndjson.gz`, `part-${mark.export}-00001.ndjson.gz`]);
    expect(mark).toMatchObject({ format: "ndjson", gzip: true, query: session.query });
    expect(mark.result).toMatchObject({ total_rows: 12, complete: true });
    expect(mark.parts.map(({ rows }: { rows: number }) => rows)).toEqual([6, 6]);
    expect(await sink.result).toMatchObject({ totalRows: 12, successfulPages: 4, complete: true });
  });

  test("holds no more profiles in a part than asked for, unless one page has more", async () => {
    const store = new MemoryStore();
    await exported(store, { profilesPerFile: 5, gzip: false });
    expect(store.json("_export.json").parts.map(({ rows }: { rows: number }) => rows)).toEqual([3, 3, 3, 3]);
    expect(store.parts[0]).toMatch(/-00000\.ndjson$/);
    expect(store.ids).toEqual(ALL);
    const few = new MemoryStore();
    await exported(few, { profilesPerFile: 1 });
    expect(few.parts).toHaveLength(4);
  });

  test("keeps the pages in hand as a shorter part when it is interrupted, and goes on after them", async () => {
    const store = new MemoryStore();
    await interrupted(store, {}, page(0), page(1), page(2));
    expect([...store.files.keys()].sort()).toEqual(["_unfinished.json", ...store.parts]);
    const sink = await resume(store);
    expect(sink.checkpoint).toMatchObject({ nextPage: 3, failedPages: [] });
    expect(await sink.result).toMatchObject({ totalRows: 12, successfulPages: 4, complete: true });
    expect(store.ids).toEqual(ALL);
    expect(store.json("_export.json").parts.map(({ rows }: { rows: number }) => rows)).toEqual([6, 3, 3]);
  });

  test("puts no part of a page into a part file that ends before the page does", async () => {
    const store = new MemoryStore();
    const halves = (index: number): Page[] => {
      const whole = { ...pageOf(session, index, idsOf(index)), profileCount: 3 };
      return [
        { ...whole, rows: whole.rows.slice(0, 2) },
        { ...whole, rows: whole.rows.slice(2) },
      ];
    };
    const [half, rest] = halves(1);
    await interrupted(store, { profilesPerFile: 4 }, page(0), half as Page);
    expect(store.json("_unfinished.json").parts).toMatchObject([{ rows: 3 }]);
    const sink = await open(store, { mode: "resume", profilesPerFile: 4 });
    expect(sink.checkpoint).toMatchObject({ nextPage: 1, failedPages: [] });
    await (await write(sink, half as Page, rest as Page, ...halves(2), page(3))).close();
    expect(store.ids).toEqual(ALL);
  });

  test("a page that a transform left rows out of is whole when the next one comes, and at the end", async () => {
    const store = new MemoryStore();
    const filtered = (index: number): Page => ({ ...pageOf(session, index, idsOf(index).slice(1)), profileCount: 3 });
    const sink = await open(store, { profilesPerFile: 2 });
    await (await write(sink, filtered(0), filtered(1), filtered(2), filtered(3))).close();
    expect(await sink.result).toMatchObject({ totalRows: 8, leftOut: 4, complete: true });
    expect(store.parts).toHaveLength(4);
    expect((await resume(store, { profilesPerFile: 2 })).finished?.result).toMatchObject({
      totalRows: 8,
      complete: true,
    });
  });

  test("with failed pages there is no mark, and resume adds what is missing", async () => {
    const store = new MemoryStore();
    const sink = await open(store);
    await (await write(sink, page(0), failedPage(session, 1), page(2), page(3))).close();
    expect(await sink.result).toMatchObject({ totalRows: 9, failedPageIndices: [1], complete: false });
    expect(store.ids).toBeUndefined();
    const resumed = await resume(store);
    expect(resumed.checkpoint).toMatchObject({ nextPage: 4, failedPages: [1] });
    expect(await resumed.result).toMatchObject({ totalRows: 12, successfulPages: 4, complete: true });
    expect(store.ids?.toSorted()).toEqual(ALL);
  });

  test("an export that misses rows without a failed page is finished, incomplete, and has no mark", async () => {
    const store = new MemoryStore();
    const short = { ...pageOf(session, 3, ["3.1"]), profileCount: 1 };
    const first = await open(store);
    await (await write(first, page(0), page(1), page(2), short)).close();
    expect(store.ids).toBeUndefined();
    const sink = await open(store, { mode: "resume" });
    const { fetchedAt } = await first.result;
    expect(sink.finished?.result).toMatchObject({ totalRows: 10, missing: 2, complete: false, fetchedAt });
    await exported(store, { mode: "replace" });
    expect(store.ids).toEqual(ALL);
  });

  test("resume of a finished export says since when, and what it came to", async () => {
    const store = new MemoryStore();
    const { fetchedAt } = await (await exported(store)).result;
    const { changes } = store;
    const sink = await open(store, { mode: "resume" });
    expect(sink.finished?.at.toISOString()).toBe(store.json("_export.json").finished);
    expect(sink.finished?.result).toMatchObject({ totalRows: 12, complete: true, fetchedAt });
    expect(sink.finished?.checkpoint?.session.query).toEqual(session.query);
    expect(store.changes).toBe(changes);
  });

  test("stays complete if a page named another session and no id came twice", async () => {
    const store = new MemoryStore();
    const sink = await open(store);
    const renamed = { ...page(3), sessionChanged: true };
    await (await write(sink, page(0), page(1), page(2), renamed)).close();
    expect((await sink.result).complete).toBe(true);
    expect((await open(store, { mode: "resume" })).finished).toMatchObject({ result: { complete: true } });
  });

  test("replace never shows a reader of the mark a mixture, and removes the old parts last", async () => {
    const store = new MemoryStore();
    await exported(store);
    const old = store.parts;
    const other = sessionOf(3, { sessionId: "session-2" });
    const sink = await open(store, { mode: "replace" });
    const writer = await write(sink, pageOf(other, 0, ["x", "y", "z"]));
    expect(store.ids).toEqual(ALL);
    await writer.close();
    expect(store.ids).toEqual(["x", "y", "z"]);
    expect(store.parts.filter((name) => old.includes(name))).toEqual([]);
    expect(store.files.size).toBe(2);
  });

  test("replace leaves a finished export alone as long as the new one is not complete", async () => {
    const store = new MemoryStore();
    await exported(store);
    const onWarning = vi.fn();
    const sink = await open(store, { mode: "replace", onWarning });
    await (await write(sink, page(0), failedPage(session, 1), page(2), page(3))).close();
    expect(onWarning).toHaveBeenCalledWith({
      code: "difference",
      message: expect.stringContaining("was not replaced"),
    });
    expect(store.ids).toEqual(ALL);
    await resume(store);
    expect([store.ids?.toSorted(), store.parts.length]).toEqual([ALL, 3]);
    expect(store.json("_unfinished.json")).toBeUndefined();
  });

  test("an export that begins drops what an unfinished one left, and says so", async () => {
    const store = new MemoryStore();
    await interrupted(store, {}, page(0), page(1), page(2));
    const dropped = store.parts;
    const onWarning = vi.fn();
    await exported(store, { onWarning });
    expect(onWarning.mock.calls.map(([{ code }]) => code)).toEqual(["unfinished-export-dropped"]);
    expect(store.ids).toEqual(ALL);
    expect(store.parts.filter((name) => dropped.includes(name))).toEqual([]);
  });

  test("an export that ends before its first page leaves no trace, and drops nothing", async () => {
    const store = new MemoryStore();
    await interrupted(store, {});
    expect(store.files.size).toBe(0);
    await interrupted(store, {}, page(0));
    await interrupted(store, {});
    expect((await resume(store)).checkpoint).toMatchObject({ nextPage: 1 });
    expect(store.ids).toEqual(ALL);
  });

  test("pages of another session drop what this export wrote", async () => {
    const store = new MemoryStore();
    const other = sessionOf(3, { sessionId: "session-2" });
    await (await write(await open(store), page(0), page(1), page(2), pageOf(other, 0, ["x", "y", "z"]))).close();
    expect([store.ids, store.parts.length]).toEqual([["x", "y", "z"], 1]);
  });

  test("starts over and says so if parts of the interrupted export are gone", async () => {
    const store = new MemoryStore();
    await interrupted(store, {}, page(0), page(1), page(2));
    store.files.delete(store.parts[0] ?? "");
    const onWarning = vi.fn();
    const sink = await resume(store, { onWarning });
    expect([sink.checkpoint, onWarning.mock.calls.map(([{ code }]) => code)]).toEqual([
      undefined,
      ["unfinished-export-dropped"],
    ]);
    expect([store.ids, store.parts.length]).toEqual([ALL, 2]);
  });

  test.each([
    [{ gzip: false }, "the last export there has compressed parts: memory"],
    [{ profilesPerFile: 7 }, "the last export there has 6 profiles per file: memory"],
  ])("refuses to resume with %j", async (options, message) => {
    const unfinished = new MemoryStore();
    await interrupted(unfinished, {}, page(0));
    const finished = new MemoryStore();
    await exported(finished);
    for (const store of [unfinished, finished]) {
      const error = await errorOf(() => open(store, { mode: "resume", ...options }));
      expect([error.code, error.message]).toEqual(["checkpoint-mismatch", `Cannot resume, ${message}`]);
    }
  });

  test.each(["create", "resume", "replace"] as const)(
    "refuses a place that holds other files with mode %s",
    async (mode) => {
      const store = new MemoryStore();
      store.files.set("notes.txt", new Uint8Array(1));
      const error = await errorOf(() => open(store, { mode }));
      expect([error.code, error.message]).toEqual([
        "usage",
        "Cannot write there, other files are there; choose an empty place: memory",
      ]);
      expect(store.changes).toBe(0);
    },
  );

  test("refuses a finished export unless it is to be replaced", async () => {
    const store = new MemoryStore();
    await exported(store);
    expect((await errorOf(() => open(store))).message).toContain("a finished export is there");
  });

  test("leaves files of others beside a finished export alone", async () => {
    const store = new MemoryStore();
    await exported(store);
    store.files.set("notes.txt", new Uint8Array(1));
    await exported(store, { mode: "replace" });
    expect(store.files.has("notes.txt")).toBe(true);
  });

  test("a damaged record is refused in words and never gone on from", async () => {
    const store = new MemoryStore();
    await interrupted(store, {}, page(0));
    const record = store.json("_unfinished.json");
    for (const damaged of ["{", "null", JSON.stringify({ ...record, export: "../../x" })]) {
      store.files.set("_unfinished.json", new TextEncoder().encode(damaged));
      const error = await errorOf(() => open(store, { mode: "resume" }));
      expect([error.code, error.message]).toEqual(["usage", expect.stringContaining("_unfinished.json is damaged")]);
    }
  });

  test("a run whose place another one has taken stops, and takes nothing away from it", async () => {
    const store = new MemoryStore();
    const first = await open(store);
    const writer = await write(first, page(0));
    await exported(store);
    const error = await errorOf(async () => {
      for (const index of [1, 2, 3]) await writer.write(page(index));
    });
    expect([error.code, error.message]).toEqual([
      "write-failed",
      expect.stringContaining("another export into the same place"),
    ]);
    expect(store.ids).toEqual(ALL);
    expect(store.parts).toHaveLength(2);
  });

  test("says what a crash would leave, and no more", async () => {
    const store = new MemoryStore();
    const sink = await open(store);
    const writer = await write(sink, page(0));
    expect(sink.soFar().totalRows).toBe(0);
    await writer.write(page(1));
    expect(sink.soFar().totalRows).toBe(6);
    await writer.write(page(2));
    store.killedAt = 0;
    await expect(writer.write(page(3))).rejects.toThrow("Cannot write profiles, killed: memory");
    expect(sink.soFar().totalRows).toBe(6);
  });

  test.each([
    [{ path: "a", store: new MemoryStore() }, "`path` must not be given together with `store`"],
    [{}, "`path` must be text"],
    [{ store: {} as never }, "`store` must have a method `put`"],
    [{ path: "a", format: "xml" as never }, "`format` must be ndjson, or made by"],
    [{ path: "a", gzip: 1 as never }, "`gzip` must be true or false"],
    [{ path: "a", profilesPerFile: 0 }, "`profilesPerFile` must be a whole number, 1 or more"],
    [{ path: "a", mode: "append" as never }, "`mode` must be one of create, replace, resume"],
    [{ path: "a", fresh: "resume" as never }, "`fresh` must be one of create, replace"],
  ])("checks its options: %j", async (options, message) => {
    const error = await errorOf(() => partFiles(options));
    expect([error.code, error.message]).toEqual(["usage", expect.stringContaining(message)]);
  });

  test("a directory holds the parts and the mark, and nothing that only the writer needs", async () => {
    const path = join(temporaryDirectory(), "parts");
    const sink = await partFiles({ path, profilesPerFile: 6 });
    await (await write(sink, page(0), page(1), page(2), page(3))).close();
    const { parts } = JSON.parse(readFileSync(join(path, "_export.json"), "utf8"));
    expect(readdirSync(path).sort()).toEqual(["_export.json", ...parts.map(({ name }: { name: string }) => name)]);
    expect((await partFiles({ path, profilesPerFile: 6, mode: "resume" })).finished).toBeDefined();
    const error = await errorOf(() => partFiles({ path }));
    expect(error.message).toBe(
      `Cannot write there, a finished export is there; replace it, or choose another place: ${path}`,
    );
    expect(readdirSync(path)).not.toContain("_writer.lock");
  });

  test("a directory that can no longer be written ends the export in words", async () => {
    const path = join(temporaryDirectory(), "parts");
    const sink = await partFiles({ path, profilesPerFile: 3 });
    const writer = await write(sink, page(0));
    const { parts } = JSON.parse(readFileSync(join(path, "_unfinished.json"), "utf8"));
    // A directory in the way of the next part.
    const next = parts[0].name.replace("00000", "00001");
    mkdirSync(join(path, next));
    writeFileSync(join(path, next, "x"), "");
    await expect(writer.write(page(1))).rejects.toMatchObject({
      code: "write-failed",
      message: expect.stringContaining(path),
    });
  });
});

describe("partFiles, killed", () => {
  const runs = [
    ["create", false],
    ["create", true],
    ["replace", false],
    ["replace", true],
  ] as const;

  test.each(runs)(
    "at any moment of mode %s, made all the same: %s, loses nothing when it is resumed",
    async (mode, killedAfter) => {
      const start = new MemoryStore();
      if (mode === "replace") await exported(start, { profilesPerFile: 3 });
      const undisturbed = start.revived();
      await exported(undisturbed, { mode, profilesPerFile: 3 });
      const { changes } = undisturbed;
      expect(changes).toBeGreaterThan(9);
      for (let moment = 0; moment < changes; moment++) {
        const killed = Object.assign(start.revived(), { killedAt: moment, killedAfter });
        await exported(killed, { mode, profilesPerFile: 3 }).catch(() => {});
        const store = killed.revived();
        if (mode === "replace") expect(store.ids).toEqual(ALL);
        await resume(store, { profilesPerFile: 3, fresh: mode });
        expect(store.ids).toEqual(ALL);
        expect([...store.files.keys()].sort()).toEqual([
          "_export.json",
          ...store.json("_export.json").parts.map(({ name }: { name: string }) => name),
        ]);
      }
    },
  );

  test("while another session replaces what it wrote, it keeps one of both", async () => {
    const other = sessionOf(3, { sessionId: "session-2" });
    const pages = [page(0), page(1), page(2), pageOf(other, 0, ["x", "y", "z"])];
    const run = async (store: MemoryStore) =>
      (await write(await open(store, { profilesPerFile: 3 }), ...pages)).close();
    const undisturbed = new MemoryStore();
    await run(undisturbed);
    for (let moment = 0; moment < undisturbed.changes; moment++) {
      const killed = Object.assign(new MemoryStore(), { killedAt: moment });
      await run(killed).catch(() => {});
      const store = killed.revived();
      const sink = await open(store, { mode: "resume", profilesPerFile: 3 });
      if (sink.finished !== undefined) continue;
      const rest =
        sink.checkpoint?.session.sessionId === "session-2" ? [] : [0, 1, 2, 3].slice(sink.checkpoint?.nextPage ?? 0);
      await (await write(sink, ...rest.map((index) => page(index)))).close();
      expect(store.ids).toEqual(rest.length === 0 ? ["x", "y", "z"] : ALL);
      expect(store.files.size).toBe(1 + store.json("_export.json").parts.length);
    }
  });
});
