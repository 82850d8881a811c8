import { getEventListeners } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { duckdbSink } from "../../src/duckdb.ts";
import { duckdbWasmSink } from "../../src/duckdb-wasm.ts";
import type { ExportSink, SinkOptions } from "../../src/export/export-sink.ts";
import { ndjsonFile, partFiles } from "../../src/files.ts";
import type { LoadedPage } from "../../src/index.ts";
import {
  exportProfiles,
  ndjson,
  ndjsonSink,
  normalizeProfiles,
  type PageResult,
  type ProfileRow,
  profilePages,
} from "../../src/index.ts";
import { engageSimulator } from "../../src/simulator.ts";
import { queryFile } from "../helpers/database.ts";
import { wasmDatabase, wasmRows } from "../helpers/duckdb-wasm.ts";
import { errorOf } from "../helpers/error-of.ts";
import { pageOf, sessionOf } from "../helpers/page-results.ts";
import { MemoryStore } from "../helpers/part-store.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";

type Page = PageResult<ProfileRow>;

interface OpenSink {
  readonly sink: ExportSink;
  /** The ids that arrived, sorted. */
  ids(): Promise<readonly string[]>;
}

/** Every sink of the package, open. */
const SINKS: Readonly<Record<string, (options?: SinkOptions) => Promise<OpenSink>>> = {
  async ndjsonSink(options) {
    const chunks: string[] = [];
    const writable = new WritableStream<Uint8Array>({
      write(bytes) {
        chunks.push(new TextDecoder().decode(bytes));
      },
    });
    return { sink: ndjsonSink(writable, options), ids: async () => idsOfLines(chunks.join("")) };
  },
  async ndjsonFile(options) {
    const path = join(temporaryDirectory(), "a.ndjson");
    return { sink: await ndjsonFile({ path, ...options }), ids: async () => idsOfLines(readFileSync(path, "utf8")) };
  },
  async partFiles(options) {
    const store = new MemoryStore();
    return { sink: await partFiles({ store, ...options }), ids: async () => (store.ids ?? []).toSorted() };
  },
  async duckdbSink(options) {
    const path = join(temporaryDirectory(), "a.duckdb");
    const ids = async () =>
      (await queryFile(path, "SELECT distinct_id AS id FROM profiles")).map(({ id }) => String(id));
    return { sink: await duckdbSink({ path, ...options }), ids: async () => (await ids()).sort() };
  },
  async duckdbWasmSink(options) {
    const { connection } = await wasmDatabase();
    const ids = () => wasmRows(connection, "SELECT distinct_id FROM profiles").map(([id]) => String(id));
    return { sink: await duckdbWasmSink({ connection, ...options }), ids: async () => ids().sort() };
  },
};

const sinks = Object.entries(SINKS);

function idsOfLines(lines: string): readonly string[] {
  return lines
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line).distinct_id)
    .sort();
}

const IDS = Array.from({ length: 12 }, (_, index) => `id-${String(index).padStart(2, "0")}`);
const session = sessionOf(IDS.length);

/** Page `index` of four, as the source delivers it. */
function sourcePage(index: number): Page {
  return { ...pageOf(session, index, IDS.slice(3 * index, 3 * index + 3)), profileCount: 3 };
}

/** The first row of a page, and the rest of it. */
function halves(page: Page): readonly Page[] {
  if (page.status === "failed") return [page];
  return [
    { ...page, rows: page.rows.slice(0, 1) },
    { ...page, rows: page.rows.slice(1) },
  ];
}

async function writeAll(sink: ExportSink, pages: readonly unknown[]): Promise<WritableStreamDefaultWriter<Page>> {
  const writer = sink.getWriter();
  for (const page of pages) await writer.write(page as Page);
  return writer;
}

describe.each(sinks)("exportSink as %s", (_, open) => {
  test("loses no row of pages that a transform splits and reorders", async () => {
    const [a = [], b = [], c = [], d = []] = [0, 1, 2, 3].map((index) => halves(sourcePage(index)));
    const { sink, ids } = await open();
    await (await writeAll(sink, [b[0], a[0], a[1], d[1], b[1], c[0], d[0], c[1]])).close();
    expect(await sink.result).toMatchObject({
      totalRows: 12,
      successfulPages: 4,
      missing: 0,
      leftOut: 0,
      complete: true,
    });
    expect(await ids()).toEqual(IDS);
  });

  test("tells rows that a transform left out from rows that did not come", async () => {
    const { sink } = await open();
    const kept = [0, 1, 2].map((index) => ({
      ...sourcePage(index),
      rows: (sourcePage(index) as LoadedPage<ProfileRow>).rows.slice(1),
    }));
    await (await writeAll(sink, kept)).close();
    const result = await sink.result;
    expect(result).toMatchObject({ totalRows: 6, leftOut: 3, missing: 3, complete: false });
    expect(result.toJSON()).toMatchObject({ left_out: 3 });
  });

  test("is not complete when no page came", async () => {
    const { sink } = await open();
    await sink.close();
    expect(await sink.result).toMatchObject({ totalRows: 0, complete: false });
  });

  test.each([
    ["a row instead of a page", () => (sourcePage(0) as LoadedPage<ProfileRow>).rows[0], "a ProfileRow"],
    ["profiles that were not normalized", () => ({ ...sourcePage(0), rows: [{ json: "{}" }] }), "an object"],
    [
      "rows of another copy of the package",
      () => ({ ...sourcePage(0), rows: [new (class ProfileRow {})()] }),
      "another copy",
    ],
    ["text", () => "{}", "a string"],
    ["a page without rows", () => ({ ...sourcePage(0), rows: undefined }), "without a list of `rows`"],
  ])("refuses %s and says what belongs there", async (_, page, what) => {
    const { sink } = await open();
    const error = await writeAll(sink, [page()]).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(what);
    expect(String(error)).toContain("normalizeProfiles()");
    await expect(sink.result).rejects.toBe(error);
  });

  test("counts what is written and no more", async () => {
    const { sink } = await open();
    const writer = await writeAll(sink, [sourcePage(0), sourcePage(1)]);
    expect(sink.soFar().totalRows).toBeLessThanOrEqual(6);
    await writer.abort(new Error("enough"));
    expect(sink.soFar()).toMatchObject({ totalRows: 6, complete: false });
    await expect(sink.result).rejects.toThrow("enough");
  });

  test("is closed at the end of its block when nobody pipes into it", async () => {
    const { sink } = await open();
    const dispose = Reflect.get(sink, Symbol.asyncDispose);
    if (dispose === undefined) return;
    await dispose();
    await expect(sink.result).rejects.toThrow("disposed of");
  });

  test("is aborted, and settles, when an export into it cannot begin", async () => {
    const { sink } = await open();
    const simulator = engageSimulator({ profiles: 3 });
    const options = {
      projectId: simulator.projectId,
      serviceAccount: simulator.serviceAccount,
      fetch: simulator,
      sink,
    };
    expect((await errorOf(() => exportProfiles({ ...options, resume: { nope: 1 } as never }))).code).toBe("usage");
    expect((await errorOf(() => sink.result)).code).toBe("usage");
    expect(simulator.requestCount).toBe(0);
  });
});

test.each(sinks.filter(([name]) => name !== "ndjsonSink"))(
  "%s begins again with another session",
  async (name, open) => {
    const onWarning = vi.fn();
    const { sink, ids } = await open({ onWarning });
    const other = sessionOf(3, { sessionId: "session-2" });
    await (await writeAll(sink, [sourcePage(0), { ...pageOf(other, 0, ["x", "y", "z"]), profileCount: 3 }])).close();
    expect(await ids()).toEqual(["x", "y", "z"]);
    const codes = onWarning.mock.calls.map(([{ code }]) => code);
    // A table had only collected the page for its next commit.
    const collects = name.startsWith("duckdb");
    expect(codes).toEqual(collects ? [] : ["unfinished-export-dropped"]);
  },
);

test.each([
  ["a plain stream", (write: () => Promise<void>) => new WritableStream({ write })],
  ["ndjsonSink", (write: () => Promise<void>) => ndjsonSink(new WritableStream({ write }))],
])("exportProfiles rejects at once when %s is stuck", async (_, open) => {
  const interruption = new AbortController();
  const reason = new Error("enough");
  const stuck = () => new Promise<void>(() => interruption.abort(reason));
  const { projectId, serviceAccount, fetch } = simulated();
  const options = { projectId, serviceAccount, fetch, signal: interruption.signal };
  await expect(exportProfiles({ ...options, sink: open(stuck) })).rejects.toBe(reason);
});

function simulated() {
  const simulator = engageSimulator({ profiles: 30, pageSize: 10 });
  return { projectId: simulator.projectId, serviceAccount: simulator.serviceAccount, fetch: simulator };
}

test("a hundred exports on one signal leave no listener, and eleven at once give no warning", async () => {
  const { signal } = new AbortController();
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  // Each has a project of its own, which takes five queries at a time and sixty an hour.
  const once = () => exportProfiles({ ...simulated(), signal, sink: ndjsonSink(new WritableStream()) });
  for (let round = 0; round < 9; round++) await Promise.all(Array.from({ length: 11 }, once));
  await once();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("warning", onWarning);
  expect([getEventListeners(signal, "abort").length, warnings]).toEqual([0, []]);
});

test("a pipe into a sink that was resumed without its checkpoint warns, and the table is that of the new export", async () => {
  const path = join(temporaryDirectory(), "a.duckdb");
  const simulator = engageSimulator({ profiles: 30, pageSize: 10 });
  const { projectId, serviceAccount } = simulator;
  const options = { projectId, serviceAccount, fetch: simulator };
  const first = await duckdbSink({ path, batchSize: 100 });
  const writer = first.getWriter();
  const reader = profilePages(options).pipeThrough(normalizeProfiles()).getReader();
  const { value } = await reader.read();
  await writer.write(value as Page);
  await writer.abort(new Error("killed"));
  await reader.cancel();
  const onWarning = vi.fn();
  const resumed = await duckdbSink({ path, mode: "resume", onWarning });
  expect(resumed.checkpoint).toMatchObject({ nextPage: 1 });
  await profilePages(options).pipeThrough(normalizeProfiles()).pipeTo(resumed);
  expect(onWarning.mock.calls.map(([{ code }]) => code)).toContain("unfinished-export-dropped");
  expect(await resumed.result).toMatchObject({ totalRows: 30, complete: true });
});

test("the transform to lines refuses what is no page too", async () => {
  const lines = ndjson();
  const reading = lines.readable.getReader().read();
  const writing = lines.writable.getWriter().write("{}" as never);
  await expect(reading).rejects.toBeInstanceOf(TypeError);
  await expect(writing).rejects.toBeInstanceOf(TypeError);
});
