import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type ColumnFileOptions, csvFile, parquetFile } from "../../../src/duckdb.ts";
import type { PageResult } from "../../../src/page/page-result.ts";
import { type ProfileRow, profileRow } from "../../../src/page/profile-row.ts";
import { exportInto } from "../../helpers/database.ts";
import { errorOf } from "../../helpers/error-of.ts";
import type { RawMembers } from "../../helpers/hostile-profiles.ts";
import { failedPage, pageOf, sessionOf } from "../../helpers/page-results.ts";
import { readParquet } from "../../helpers/read-parquet.ts";
import { exportFrom, servedProfiles } from "../../helpers/served-profiles.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const session = sessionOf(6, { pageSize: 2 });
const pages = [0, 1, 2].map((page) => pageOf(session, page, [row(2 * page), row(2 * page + 1)]));

function row(n: number, more: object = {}): ProfileRow {
  return profileRow({ distinctId: `id ${n}`, lastSeen: null, properties: { n, text: "", none: null, ...more } });
}

/** The formats differ in nothing but what they write. */
const FORMATS = [
  ["parquetFile", parquetFile, "profiles.parquet"],
  ["csvFile", csvFile, "profiles.csv.gz"],
] as const;

describe.each(FORMATS)("%s", (_, open, name) => {
  const openAt =
    (path: string, options: Partial<ColumnFileOptions> = {}) =>
    (onWarning: ColumnFileOptions["onWarning"]) =>
      open({ path, onWarning, ...options });

  test("writes the file when the stream closes, and leaves nothing beside it", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, name);
    let during: readonly string[] = [];
    async function* lookingAround() {
      yield* pages;
      during = readdirSync(directory);
    }
    const { result, error, warnings } = await exportInto(openAt(path), lookingAround());
    expect(during).not.toContain(name);
    expect({ error, warnings }).toEqual({ error: undefined, warnings: [] });
    expect(result).toMatchObject({ table: null, totalRows: 6, duplicateProfiles: 0, complete: true });
    expect(readdirSync(directory)).toEqual([name]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("refuses to create a file that is there, and replaces it with its permissions, behind links", async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, "real"));
    const path = join(directory, "real", name);
    writeFileSync(path, "something", { mode: 0o640 });
    symlinkSync(path, join(directory, name));
    const link = join(directory, name);
    expect(await errorOf(() => open(link))).toMatchObject({
      code: "usage",
      message: expect.stringContaining("exists"),
    });
    expect(readFileSync(path, "utf8")).toBe("something");
    const { error } = await exportInto(openAt(link, { mode: "replace" }), pages);
    expect(error).toBeUndefined();
    expect(statSync(path).mode & 0o777).toBe(0o640);
    expect(readFileSync(path, "utf8")).not.toBe("something");
    expect(readdirSync(join(directory, "real"))).toEqual([name]);
  });

  test("refuses to append, and says why", async () => {
    const path = join(temporaryDirectory(), name);
    for (const option of ["mode", "fresh"]) {
      const options = { path, [option]: "append" } as unknown as ColumnFileOptions;
      const message = expect.stringMatching(/must not be append, since rows cannot be added to a \w+ file$/);
      expect(await errorOf(() => open(options))).toMatchObject({ code: "usage", option, message });
    }
  });

  test("writes what came if pages failed, and resumes to the same file as an undisturbed run", async () => {
    const directory = temporaryDirectory();
    const [path, other] = [join(directory, name), join(directory, `other-${name}`)];
    const broken = [pages[0], failedPage(session, 1), pages[2]].filter((page) => page !== undefined);
    const { error, result } = await exportInto(openAt(path), broken);
    expect(error).toMatchObject({ code: "incomplete" });
    expect(result).toMatchObject({ totalRows: 4, failedPageIndices: [1] });
    expect(await idsIn(path)).toEqual(["id 0", "id 1", "id 4", "id 5"]);
    expect(readdirSync(directory).sort()).toEqual([name, `${name}.unfinished.duckdb`]);
    const create = await errorOf(() => open(path));
    expect(create.message).toMatch(/the file exists; resume its export, replace it, or choose another name/);
    const resumed = await exportInto(openAt(path, { mode: "resume" }), pages.slice(1, 2));
    expect(resumed.sink.checkpoint).toEqual({ session, nextPage: 3, failedPages: [1] });
    expect(resumed.result).toMatchObject({ totalRows: 6, complete: true });
    await exportInto(openAt(other), pages);
    expect((await idsIn(path)).sort()).toEqual(await idsIn(other));
    expect(readdirSync(directory).sort()).toEqual([name, `other-${name}`].sort());
  });

  test("keeps the old file until an export that replaces it is complete", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, name);
    writeFileSync(path, "old");
    const broken = [...pages.slice(0, 2), failedPage(session, 2)];
    const { warnings } = await exportInto(openAt(path, { mode: "replace" }), broken);
    expect(warnings).toEqual([
      { code: "difference", message: `${path} was not replaced, since pages failed; resume the export to fetch them` },
    ]);
    expect(readFileSync(path, "utf8")).toBe("old");
    const { result } = await exportInto(openAt(path, { mode: "resume" }), pages.slice(2));
    expect(result).toMatchObject({ totalRows: 6, complete: true });
    expect(await idsIn(path)).toHaveLength(6);
  });

  test("keeps what was written for a resumed run when it is aborted, and each id once", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, name);
    await exportInto(openAt(path), pages.slice(0, 2), new Error("enough"));
    expect(readdirSync(directory)).toEqual([`${name}.unfinished.duckdb`]);
    const last = pageOf(session, 2, [row(0, { n: "again" }), row(5)]);
    const { sink, result } = await exportInto(openAt(path, { mode: "resume" }), [last]);
    expect(sink.checkpoint).toEqual({ session, nextPage: 2, failedPages: [] });
    expect(result).toMatchObject({ totalRows: 5, duplicateProfiles: 1 });
    expect((await idsIn(path)).sort()).toEqual(["id 0", "id 1", "id 2", "id 3", "id 5"]);
  });

  test("leaves no trace of an export that fails before its first page", async () => {
    const directory = temporaryDirectory();
    const { error } = await exportInto(openAt(join(directory, name)), [], new Error("no"));
    expect(error).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("keeps an unfinished export until the first page of one that starts over, and warns", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, name);
    await exportInto(openAt(path), pages.slice(0, 2), new Error("enough"));
    await exportInto(openAt(path), [], new Error("wrong password"));
    expect((await open({ path, mode: "resume" })).checkpoint?.nextPage).toBe(2);
  });

  test("begins a new export in the place of an unfinished one, and warns", async () => {
    const path = join(temporaryDirectory(), name);
    await exportInto(openAt(path), pages.slice(0, 2), new Error("enough"));
    const { warnings, result } = await exportInto(openAt(path), pages);
    const message = `An unfinished export was dropped with its 4 rows, because this one starts over: ${path}`;
    expect(warnings).toEqual([{ code: "unfinished-export-dropped", message }]);
    expect(result).toMatchObject({ totalRows: 6, complete: true });
  });

  test("refuses a second writer, and names the first", async () => {
    const path = join(temporaryDirectory(), name);
    const first = await open(path);
    expect(await errorOf(() => open({ path, mode: "resume" }))).toMatchObject({ code: "locked" });
    await first.abort();
    await (await open(path)).abort();
  });

  test("refuses files of somebody else that have the names it needs", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, name);
    writeFileSync(`${path}.part`, "mine");
    expect(await errorOf(() => open(path))).toMatchObject({ code: "usage", message: expect.stringContaining(".part") });
    rmSync(`${path}.part`);
    mkdirSync(`${path}.unfinished.duckdb`);
    expect(await errorOf(() => open(path))).toMatchObject({ code: "usage" });
    expect(readdirSync(directory)).toEqual([`${name}.unfinished.duckdb`]);
  });

  test("says which file to remove when that of an unfinished export is damaged", async () => {
    const path = join(temporaryDirectory(), name);
    await exportInto(openAt(path), pages.slice(0, 2), new Error("enough"));
    const working = `${path}.unfinished.duckdb`;
    const whole = readFileSync(working);
    for (const damaged of [whole.subarray(0, 4096 + 100), whole.map((byte, at) => (at > 4096 ? 0xff : byte)), "junk"]) {
      writeFileSync(working, damaged);
      for (const mode of ["resume", "replace"] as const) {
        const error = await errorOf(() => open({ path, mode }));
        expect([error.code, error.message]).toEqual([
          "usage",
          `Cannot read how far the export got, its file is damaged or not ours; remove it to start over: ${working}`,
        ]);
      }
    }
    rmSync(working);
    await (await open({ path, mode: "resume" })).abort();
  });

  test("refuses to resume with other columns", async () => {
    const path = join(temporaryDirectory(), name);
    await exportInto(openAt(path), pages.slice(0, 2), new Error("enough"));
    const error = await errorOf(() => open({ path, mode: "resume", columnNames: "plain" }));
    expect(error).toMatchObject({ code: "checkpoint-mismatch", message: expect.stringContaining("`columnNames`") });
  });

  test("does not overwrite a file that somebody else made since the export was interrupted", async () => {
    const path = join(temporaryDirectory(), name);
    await exportInto(openAt(path), pages.slice(0, 2), new Error("enough"));
    writeFileSync(path, "mine");
    expect(await errorOf(() => open({ path, mode: "resume" }))).toMatchObject({ code: "usage" });
    expect(readFileSync(path, "utf8")).toBe("mine");
    rmSync(path);
    const resumed = await exportInto(
      openAt(path, { mode: "resume" }),
      (async function* () {
        yield* pages.slice(2);
        writeFileSync(path, "mine");
      })(),
    );
    expect(resumed.error).toMatchObject({ code: "write-failed" });
    expect(readFileSync(path, "utf8")).toBe("mine");
    rmSync(path);
    // All rows are there: the file is written without a page.
    const finished = await open({ path, mode: "resume" });
    expect(await finished.result).toMatchObject({ totalRows: 6, complete: true });
    expect(await idsIn(path)).toHaveLength(6);
  });

  test("writes a file without profiles", async () => {
    const path = join(temporaryDirectory(), name);
    const { result } = await exportInto(openAt(path), [pageOf(sessionOf(0), 0, [])]);
    expect(result).toMatchObject({ totalRows: 0, complete: true });
    expect(await idsIn(path)).toEqual([]);
  });

  test("begins again with another session, and holds nothing of the first", async () => {
    const path = join(temporaryDirectory(), name);
    const second = sessionOf(2, { sessionId: "session-2", pageSize: 2 });
    const again: PageResult<ProfileRow>[] = [pageOf(second, 0, [row(7), row(8)])];
    const { result } = await exportInto(openAt(path), [...pages.slice(0, 2), ...again]);
    expect(result).toMatchObject({ totalRows: 2, complete: true });
    expect(await idsIn(path)).toEqual(["id 7", "id 8"]);
  });
});

describe("parquetFile", () => {
  test("tells a resumed run what came of a finished export, without a request", async () => {
    const path = join(temporaryDirectory(), "profiles.parquet");
    const served = servedProfiles([[["a", "1"]], [["a", "2"]]]);
    await exportFrom(served, await parquetFile(path));
    const before = readFileSync(path);
    const requests = served.requests.length;
    const sink = await parquetFile({ path, mode: "resume" });
    expect(sink.finished?.result).toMatchObject({ totalRows: 2, complete: true, table: null });
    expect(await exportFrom(served, sink)).toMatchObject({ totalRows: 2, complete: true });
    const other = await parquetFile({ path, mode: "resume" });
    expect(await errorOf(() => exportFrom(served, other, { where: 'properties["a"] == 1' }))).toMatchObject({
      code: "checkpoint-mismatch",
    });
    expect(served.requests.length).toBe(requests);
    expect(readFileSync(path).equals(before)).toBe(true);
    expect((await readParquet(path)).metadata["engage-export.export"]).not.toContain("sessionId");
  });

  test("replaces a finished file if it is resumed with `fresh: replace`", async () => {
    const path = join(temporaryDirectory(), "profiles.parquet");
    await exportFrom(servedProfiles([[["a", "1"]]]), await parquetFile(path));
    const sink = await parquetFile({ path, mode: "resume", fresh: "replace" });
    expect(sink.finished).toBeUndefined();
    await exportFrom(servedProfiles([[["a", "1"]], []]), sink);
    expect(await idsIn(path)).toHaveLength(2);
  });

  test("refuses to resume a file that it did not write, or whose missing pages can no longer be added", async () => {
    const directory = temporaryDirectory();
    const path = join(directory, "profiles.parquet");
    writeFileSync(path, "no Parquet");
    expect(await errorOf(() => parquetFile({ path, mode: "resume" }))).toMatchObject({ code: "usage" });
    rmSync(path);
    await exportInto((onWarning) => parquetFile({ path, onWarning }), [...pages.slice(0, 2), failedPage(session, 2)]);
    rmSync(`${path}.unfinished.duckdb`);
    const error = await errorOf(() => parquetFile({ path, mode: "resume" }));
    expect(error).toMatchObject({ code: "usage", message: expect.stringContaining("pages are missing") });
  });

  test("types by all pages, also those that came before the export was interrupted", async () => {
    const path = join(temporaryDirectory(), "profiles.parquet");
    const open = (mode: "create" | "resume") => (onWarning: ColumnFileOptions["onWarning"]) =>
      parquetFile({ path, mode, onWarning });
    await exportInto(open("create"), [pageOf(session, 0, [row(0), row(1)])], new Error("enough"));
    await exportInto(open("resume"), [pageOf(session, 1, [row(2, { n: 0.5 }), row(3)]), ...pages.slice(2)]);
    const { columns, types } = await readParquet(path);
    expect(types[columns.indexOf("n")]).toBe("DOUBLE");
  });

  test("holds the columns that are pinned, named plainly, and the rest as JSON", async () => {
    const path = join(temporaryDirectory(), "profiles.parquet");
    const profiles: readonly RawMembers[] = [
      [
        ["$email", '"a@b.c"'],
        ["tags", '["x", 1.0]'],
      ],
    ];
    const options = { columns: ["nobody", "$email"], columnNames: "plain" } as const;
    await exportFrom(servedProfiles(profiles), await parquetFile({ path, ...options }));
    const { columns, types, rows, metadata } = await readParquet(path);
    expect(columns).toEqual(["distinct_id", "last_seen", "nobody", "email", "properties"]);
    expect(types).toEqual(["VARCHAR", "TIMESTAMP", "VARCHAR", "VARCHAR", "VARCHAR"]);
    expect(rows).toEqual([["0", null, null, "a@b.c", '{"$email": "a@b.c", "tags": ["x", 1.0]}']]);
    expect(JSON.parse(metadata["engage-export.columns"] ?? "")).toEqual({ nobody: "nobody", email: "$email" });
  });

  test("a Parquet file of 1,000 columns takes no more memory than it may", async () => {
    const path = join(temporaryDirectory(), "wide.parquet");
    const names = Array.from({ length: 1_000 }, (_, index) => [`p${index}`, '"text"'] as const);
    const served = servedProfiles([names, []]);
    const sink = await parquetFile({ path, maxColumns: 1_000, memoryLimit: "256MB" });
    expect(await exportFrom(served, sink)).toMatchObject({ complete: true });
    expect((await readParquet(path)).columns).toHaveLength(1_002);
  });

  test("refuses a memory limit that DuckDB does not know", async () => {
    const path = join(temporaryDirectory(), "profiles.parquet");
    for (const memoryLimit of ["", "much", "1 G B", "12"]) {
      const error = await errorOf(() => parquetFile({ path, memoryLimit }));
      expect(error).toMatchObject({ code: "usage", option: "memoryLimit" });
    }
    const served = servedProfiles([[["a", "1"]]]);
    expect(await exportFrom(served, await parquetFile({ path, memoryLimit: "256MB" }))).toMatchObject({
      complete: true,
    });
  });
});

describe("csvFile", () => {
  test("writes what RFC 4180 says: NULL is empty, and the empty text is quoted", async () => {
    const path = join(temporaryDirectory(), "profiles.csv");
    await exportFrom(
      servedProfiles([
        [
          ["a,b", '"x\\"y"'],
          ["c", '""'],
          ["d", "null"],
        ],
      ]),
      await csvFile(path),
    );
    expect(readFileSync(path, "utf8")).toBe('distinct_id,last_seen,"a,b",c,d\r\n0,,"x""y","",\r\n');
  });

  test("cannot tell of which query a finished file is, and leaves it", async () => {
    const path = join(temporaryDirectory(), "profiles.csv");
    const served = servedProfiles([[["a", "1"]]]);
    await exportFrom(served, await csvFile(path));
    const { finished } = await csvFile({ path, mode: "resume" });
    expect(finished).toMatchObject({ result: undefined, checkpoint: undefined, at: statSync(path).mtime });
  });
});

/** The ids of a file, in its order. */
async function idsIn(path: string): Promise<unknown[]> {
  if (path.endsWith(".parquet")) return (await readParquet(path)).rows.map(([id]) => id);
  const bytes = readFileSync(path);
  const text = path.endsWith(".gz") ? (await import("node:zlib")).gunzipSync(bytes).toString() : bytes.toString();
  const [, ...lines] = text.trimEnd().split("\r\n");
  return lines.map((line) => line.split(",")[0]);
}
