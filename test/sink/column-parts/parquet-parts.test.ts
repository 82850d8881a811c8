import { readdirSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { type CsvPartsOptions, csvParts, parquetParts } from "../../../src/duckdb.ts";
import { type ExportSink, type PartFilesOptions, partFiles } from "../../../src/files.ts";
import type { PageResult } from "../../../src/page/page-result.ts";
import { type ProfileRow, profileRow } from "../../../src/page/profile-row.ts";
import { columnPartsIn } from "../../helpers/column-parts.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";
import { MemoryStore } from "../../helpers/part-store.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

type Page = PageResult<ProfileRow>;

const session = sessionOf(12);
const ALL = Array.from({ length: 12 }, (_, id) => `id ${id}`);

/** Each page gives a property another type, and has one of its own. */
function page(index: number, of = session) {
  const values = [1, 2.5, "text", { a: 1 }];
  const rows = [0, 1, 2].map((row) =>
    profileRow({
      distinctId: `id ${3 * index + row}`,
      lastSeen: null,
      properties: { n: 3 * index + row, mixed: values[index], [`only ${index}`]: true },
    }),
  );
  return pageOf(of, index, rows);
}

const PAGES: readonly Page[] = [0, 1, 2, 3].map((index) => page(index));

const FORMATS: readonly (readonly [string, (options?: CsvPartsOptions) => PartFilesOptions["format"]])[] = [
  ["parquetParts", parquetParts],
  ["csvParts", (options) => csvParts({ ...options, gzip: true })],
];

async function write(sink: ExportSink, pages: readonly Page[]): Promise<WritableStreamDefaultWriter<Page>> {
  const writer = sink.getWriter();
  for (const each of pages) await writer.write(each);
  return writer;
}

describe.each(FORMATS)("%s", (_, format) => {
  const open = (store: MemoryStore, options: Partial<PartFilesOptions> = {}) =>
    partFiles({ store, format: format(), profilesPerFile: 5, onFailedPage: "skip", ...options });

  async function exported(store: MemoryStore, options: Partial<PartFilesOptions> = {}, pages: readonly Page[] = PAGES) {
    const sink = await open(store, options);
    await (await write(sink, pages)).close();
    return sink;
  }

  async function interrupted(store: MemoryStore, pages: readonly Page[], options: Partial<PartFilesOptions> = {}) {
    await (await write(await open(store, { ...options, format: format({ batchSize: 100 }) }), pages)).abort(
      "interrupted",
    );
  }

  /** Goes on as a source would: from the checkpoint of the sink. */
  async function resume(store: MemoryStore, options: Partial<PartFilesOptions> = {}): Promise<ExportSink> {
    const sink = await open(store, { mode: "resume", ...options });
    if (sink.finished !== undefined) return sink;
    const { failedPages = [], nextPage = 0 } = sink.checkpoint ?? {};
    const due = [...failedPages, ...[0, 1, 2, 3].filter((index) => index >= nextPage)];
    await (
      await write(
        sink,
        due.map((index) => page(index)),
      )
    ).close();
    return sink;
  }

  test("gives every part the columns of all rows, and each profile comes once", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const puts = vi.spyOn(store, "put");
    const again = pageOf(session, 3, [...page(3).rows.slice(0, 2), "id 0"]);
    const sink = await exported(store, {}, [...PAGES.slice(0, 3), again]);
    const parts = await columnPartsIn(store);
    expect(parts.map(({ ids }) => ids.length)).toEqual([5, 5, 1]);
    expect(parts.flatMap(({ ids }) => ids).sort()).toEqual(ALL.slice(0, 11).sort());
    for (const { schema } of parts) expect(schema).toEqual(parts[0]?.schema);
    expect(puts.mock.calls.at(-1)?.[0]).toBe("_export.json");
    expect([...store.files.keys()].sort()).toEqual(["_export.json", ...store.parts]);
    expect(readdirSync(store.workingDirectory ?? "")).toEqual([]);
    const result = { total_rows: 11, duplicate_profiles: 1, complete: true };
    expect(store.json("_export.json")).toMatchObject({ result, query: session.query });
    expect(await sink.result).toMatchObject({ table: null, totalRows: 11, duplicateProfiles: 1, complete: true });
  });

  test("an export of no profiles has one part, from which the columns can be known", async () => {
    const store = new MemoryStore(temporaryDirectory());
    await exported(store, { format: format({ columns: ["plan"] }) }, [pageOf(sessionOf(0), 0, [])]);
    const [part, ...more] = await columnPartsIn(store);
    expect([part?.ids, part?.columns, more]).toEqual([[], ["distinct_id", "last_seen", "plan"], []]);
  });

  test("keeps rows in one file until the parts are made, and goes on after them", async () => {
    const store = new MemoryStore(temporaryDirectory());
    await interrupted(store, PAGES.slice(0, 3));
    const { export: id } = store.json("_unfinished.json");
    expect([...store.files.keys()]).toEqual(["_unfinished.json"]);
    expect(readdirSync(store.workingDirectory ?? "")).toEqual([`_engage-export-${id}.duckdb`]);
    const sink = await resume(store);
    expect(sink.checkpoint).toMatchObject({ nextPage: 3, failedPages: [] });
    expect((await columnPartsIn(store)).flatMap(({ ids }) => ids)).toEqual(ALL);
    expect(readdirSync(store.workingDirectory ?? "")).toEqual([]);
  });

  test("with failed pages there is no mark, and resume makes all parts again with what is missing", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const pages = [page(0), failedPage(session, 1), page(2), page(3)];
    expect(await (await exported(store, {}, pages)).result).toMatchObject({ totalRows: 9, failedPageIndices: [1] });
    expect([store.json("_export.json"), store.parts.length]).toEqual([undefined, 2]);
    const resumed = await resume(store);
    expect(resumed.checkpoint).toMatchObject({ nextPage: 4, failedPages: [1] });
    expect(await resumed.result).toMatchObject({ totalRows: 12, successfulPages: 4, complete: true });
    const parts = await columnPartsIn(store);
    expect(parts.flatMap(({ ids }) => ids).sort()).toEqual(ALL.toSorted());
    expect(store.parts).toHaveLength(parts.length);
    for (const { schema } of parts) expect(schema).toEqual(parts[0]?.schema);
    expect(readdirSync(store.workingDirectory ?? "")).toEqual([]);
  });

  test("an export that misses rows without a failed page is finished, incomplete, and has no mark", async () => {
    const store = new MemoryStore(temporaryDirectory());
    await exported(store, {}, [...PAGES.slice(0, 3), { ...pageOf(session, 3, ["id 9"]), profileCount: 1 }]);
    expect(store.json("_export.json")).toBeUndefined();
    const sink = await open(store, { mode: "resume" });
    expect(sink.finished?.result).toMatchObject({ totalRows: 10, missing: 2, complete: false });
    expect(readdirSync(store.workingDirectory ?? "")).toEqual([]);
  });

  test("resume of a finished export says since when, and what it came to", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const { fetchedAt } = await (await exported(store)).result;
    const { changes } = store;
    const sink = await open(store, { mode: "resume" });
    expect(sink.finished?.at.toISOString()).toBe(store.json("_export.json").finished);
    expect(sink.finished?.result).toMatchObject({ totalRows: 12, complete: true, fetchedAt });
    expect(store.changes).toBe(changes);
    const other = await errorOf(() => open(store, { mode: "resume", format: format({ maxColumns: 2 }) }));
    expect([other.code, other.message]).toEqual(["checkpoint-mismatch", expect.stringContaining("`maxColumns`")]);
    const lines = await errorOf(() => open(store, { mode: "resume", format: "ndjson" }));
    expect(lines.message).toMatch(
      /^Cannot resume, the last export there has parts of the format (parquet|csv): memory$/,
    );
  });

  test("replace keeps the old parts until the new ones are marked, and as long as they are not complete", async () => {
    const store = new MemoryStore(temporaryDirectory());
    await exported(store);
    const before = store.parts;
    const onWarning = vi.fn();
    await exported(store, { mode: "replace", onWarning }, [page(0), failedPage(session, 1), page(2), page(3)]);
    expect(onWarning).toHaveBeenCalledWith({ code: "difference", message: expect.stringContaining("not replaced") });
    expect(store.parts).toEqual(before);
    await resume(store);
    expect((await columnPartsIn(store)).flatMap(({ ids }) => ids).sort()).toEqual(ALL.toSorted());
    expect(store.parts.filter((name) => before.includes(name))).toEqual([]);
    expect([store.json("_unfinished.json"), readdirSync(store.workingDirectory ?? "")]).toEqual([undefined, []]);
  });

  test("killed at whichever change of the store, it is resumed to the same parts, and a reader of the mark sees no other", async () => {
    const undisturbed = new MemoryStore(temporaryDirectory());
    await exported(undisturbed);
    const contents = (await columnPartsIn(undisturbed)).map(({ ids, schema }) => ({ ids, schema }));
    const moments = undisturbed.changes;
    expect(moments).toBeGreaterThan(8);
    for (let killedAt = 0; killedAt < moments; killedAt += 1) {
      const store = new MemoryStore(temporaryDirectory());
      store.killedAt = killedAt;
      await exported(store).catch(() => {});
      const revived = store.revived();
      if (revived.json("_export.json") !== undefined) expect(await columnPartsIn(revived)).toHaveLength(3);
      await resume(revived);
      const parts = await columnPartsIn(revived);
      expect(parts.map(({ ids, schema }) => ({ ids, schema }))).toEqual(contents);
      expect(revived.parts).toEqual(parts.map(({ name }) => name));
      expect([revived.files.size, readdirSync(revived.workingDirectory ?? "")]).toEqual([4, []]);
    }
  });

  test("a part that the store did not take is made again without a page", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const put = vi.spyOn(store, "put");
    const sink = await open(store);
    const writer = await write(sink, PAGES);
    put.mockImplementation(async (name) => {
      if (name.startsWith("part-")) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    });
    const error = await errorOf(() => writer.close());
    expect([error.code, error.message]).toEqual(["write-failed", "Cannot write profiles, the disk is full: memory"]);
    put.mockRestore();
    const resumed = await open(store, { mode: "resume" });
    expect(resumed.finished?.result).toMatchObject({ totalRows: 12, complete: true });
    expect((await columnPartsIn(store)).flatMap(({ ids }) => ids)).toEqual(ALL);
  });

  test("an export that begins drops the rows that another one left, whatever its format", async () => {
    const store = new MemoryStore(temporaryDirectory());
    await interrupted(store, PAGES.slice(0, 2));
    const onWarning = vi.fn();
    await interrupted(store, PAGES.slice(0, 3), { onWarning });
    expect(onWarning.mock.calls.map(([{ message }]) => message)).toEqual([
      "An unfinished export was dropped with its 6 rows, because this one starts over: memory",
    ]);
    expect(readdirSync(store.workingDirectory ?? "")).toHaveLength(1);
    await exported(store, { format: "ndjson", onWarning });
    expect(onWarning.mock.calls.at(-1)?.[0].message).toMatch(/^An unfinished export was dropped, because/);
    expect([store.ids, readdirSync(store.workingDirectory ?? "")]).toEqual([ALL, []]);
  });

  test("starts over and says so if the rows are elsewhere", async () => {
    const store = new MemoryStore(temporaryDirectory());
    await interrupted(store, PAGES.slice(0, 3));
    const elsewhere = new MemoryStore(temporaryDirectory());
    for (const [name, bytes] of store.files) elsewhere.files.set(name, bytes);
    const onWarning = vi.fn();
    const sink = await resume(elsewhere, { onWarning });
    expect(sink.checkpoint).toBeUndefined();
    expect(onWarning.mock.calls.map(([{ message }]) => message)).toEqual([
      expect.stringMatching(/^The export starts over, because its rows are not here \(.+\.duckdb\): memory$/),
    ]);
    expect((await columnPartsIn(elsewhere)).flatMap(({ ids }) => ids)).toEqual(ALL);
  });

  test("pages of another session drop what this export wrote", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const other = sessionOf(3, { sessionId: "session-2" });
    await exported(store, {}, [...PAGES.slice(0, 3), page(0, other)]);
    expect((await columnPartsIn(store)).map(({ ids }) => ids)).toEqual([["id 0", "id 1", "id 2"]]);
  });

  test("an export that ends before its first page leaves no trace", async () => {
    const store = new MemoryStore(temporaryDirectory());
    await interrupted(store, []);
    expect([store.files.size, readdirSync(store.workingDirectory ?? "")]).toEqual([0, []]);
  });

  test("a run that would go on with what another one writes is refused, and takes nothing away from it", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const hundreds = sessionOf(200, { pageSize: 100 });
    const ids = (index: number) => Array.from({ length: 100 }, (_, row) => `${index}.${row}`);
    const options = { format: format({ batchSize: 100 }) };
    const writer = await write(await open(store, options), [pageOf(hundreds, 0, ids(0))]);
    expect(await errorOf(() => open(store, { ...options, mode: "resume" }))).toMatchObject({ code: "locked" });
    await writer.write(pageOf(hundreds, 1, ids(1)));
    await writer.close();
    expect((await columnPartsIn(store)).flatMap((part) => part.ids)).toEqual([...ids(0), ...ids(1)]);
  });

  test("a run whose place another one has taken stops, and takes nothing away from it", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const writer = await write(await open(store), PAGES.slice(0, 3));
    await exported(store);
    const error = await errorOf(async () => {
      await writer.write(page(3));
      await writer.close();
    });
    expect(error).toMatchObject({ code: "write-failed", message: expect.stringContaining("has taken the place") });
    expect((await columnPartsIn(store)).flatMap(({ ids }) => ids)).toEqual(ALL);
    expect([store.parts.length, readdirSync(store.workingDirectory ?? "")]).toEqual([3, []]);
  });
});

describe("partFiles", () => {
  test("writes CSV that is not compressed unless that is asked for", async () => {
    const store = new MemoryStore(temporaryDirectory());
    const sink = await partFiles({ store, format: csvParts({ columns: ["n"], columnNames: "plain" }) });
    await (await write(sink, PAGES)).close();
    const [name = ""] = store.parts;
    expect(name).toMatch(/^part-[0-9a-f]{12}-00000\.csv$/);
    const text = new TextDecoder().decode(store.files.get(name));
    expect(text).toMatch(/^distinct_id,last_seen,n,properties\r\nid 0,,0,"\{/);
  });

  test.each([
    [{ raw: true }, "`raw` must not be given with parquet parts"],
    [{ gzip: true }, "`gzip` must not be given with parquet parts"],
    [{ format: "parquet" as never }, "`format` must be ndjson, or made by parquetParts() or csvParts() of"],
  ])("refuses %j", async (options, message) => {
    const store = new MemoryStore();
    const error = await errorOf(() => partFiles({ store, format: parquetParts(), ...options }));
    expect([error.code, error.message]).toEqual(["usage", expect.stringContaining(message)]);
  });

  test.each([
    [() => csvParts({ gzip: 1 as never }), "`gzip` must be true or false"],
    [() => parquetParts({ maxColumns: 0 }), "`maxColumns` must be a whole number, 1 or more"],
    [() => parquetParts({ memoryLimit: "much" }), "`memoryLimit` must be a size such as"],
    [() => csvParts({ batchSize: 1 }), "`batchSize` must be a whole number from 100 to 100,000"],
  ])("a format of columns refuses options that make no sense", async (make, message) => {
    expect((await errorOf(async () => make())).message).toContain(message);
  });
});
