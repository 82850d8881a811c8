import { describe, expect, it, vi } from "vitest";
import type { PageResult } from "../../src/page/page-result.ts";
import type { ProfileRow } from "../../src/page/profile-row.ts";
import { type NdjsonOptions, ndjsonSink } from "../../src/sink/ndjson/ndjson-sink.ts";
import { ndjson } from "../../src/transform/ndjson.ts";
import { errorOf } from "../helpers/error-of.ts";
import { settled } from "../helpers/fake-time.ts";
import { failedPage, loadedPage, rowsOf, sessionOf } from "../helpers/page-results.ts";

type Page = PageResult<ProfileRow>;

const session = sessionOf(6, { pageSize: 2 });

/** Page `index` of three, with two profiles. */
function page(index: number): Page {
  return loadedPage(session, index, rowsOf(`{"$distinct_id":${2 * index}}`, `{"$distinct_id":${2 * index + 1}}`));
}

function line(id: number | null): string {
  return `{"distinct_id":${id === null ? null : `"${id}"`},"last_seen":null,"properties":{}}\n`;
}

function sourceOf(pages: readonly Page[]): ReadableStream<Page> {
  let next = 0;
  return new ReadableStream(
    {
      pull(controller) {
        const page = pages[next++];
        if (page === undefined) controller.close();
        else controller.enqueue(page);
      },
    },
    { highWaterMark: 0 },
  );
}

/** Bytes that were written, a text for each chunk, and what became of the stream. */
function target(sink: UnderlyingSink<Uint8Array> = {}) {
  const chunks: string[] = [];
  const close = vi.fn(sink.close);
  const abort = vi.fn(sink.abort);
  const writable = new WritableStream<Uint8Array<ArrayBuffer>>({
    async write(chunk, controller) {
      await sink.write?.(chunk, controller);
      chunks.push(new TextDecoder().decode(chunk));
    },
    close,
    abort,
  });
  return { chunks, writable, close, abort };
}

describe("ndjson", () => {
  async function written(pages: readonly Page[], options?: NdjsonOptions) {
    const { chunks, writable, abort, close } = target();
    const error = await sourceOf(pages)
      .pipeThrough(ndjson(options))
      .pipeTo(writable)
      .then(
        () => undefined,
        (reason) => reason,
      );
    return { chunks, error, abort, close };
  }

  it("makes one chunk of each page", async () => {
    const { chunks, error } = await written([page(0), page(1), page(2)]);
    expect(chunks).toEqual([line(0) + line(1), line(2) + line(3), line(4) + line(5)]);
    expect(error).toBeUndefined();
  });

  it("makes no chunk of a page without profiles, nor of no page", async () => {
    expect((await written([loadedPage(sessionOf(0, { pageSize: 2 }), 0, [])])).chunks).toEqual([]);
    expect((await written([])).chunks).toEqual([]);
  });

  it("writes all other pages before it rejects", async () => {
    const { chunks, error, abort, close } = await written([page(0), failedPage(session, 1), page(2)]);
    expect(chunks).toEqual([line(0) + line(1), line(4) + line(5)]);
    expect(error).toMatchObject({
      code: "incomplete",
      message: "1 page could not be read (page 1), the first because: no page 1",
      result: { totalRows: 4, failedPageIndices: [1], missing: 2, complete: false },
    });
    expect([abort.mock.calls.length, close.mock.calls.length]).toEqual([1, 0]);
  });

  it("rejects at once where it is to stop", async () => {
    const { chunks, error } = await written([page(0), failedPage(session, 1), page(2)], { onFailedPage: "stop" });
    expect(chunks).toEqual([line(0) + line(1)]);
    expect(error).toMatchObject({ code: "incomplete", result: { totalRows: 2 } });
  });

  it("says nothing where it is to skip", async () => {
    const { chunks, error, close } = await written([failedPage(session, 0), page(1)], { onFailedPage: "skip" });
    expect([chunks, error]).toEqual([[line(2) + line(3)], undefined]);
    expect(close).toHaveBeenCalledOnce();
  });

  it("passes the failure of its source on, unchanged", async () => {
    const broken = new Error("no");
    const source = new ReadableStream<Page>({ start: (controller) => controller.error(broken) });
    await expect(source.pipeThrough(ndjson()).pipeTo(target().writable)).rejects.toBe(broken);
  });

  it("asks for no page before somebody reads, and for one at a time", async () => {
    const source = sourceOf([page(0), page(1), page(2)]);
    const reading = vi.spyOn(source, "getReader");
    const stream = ndjson();
    const writer = stream.writable.getWriter();
    let isTaken = false;
    void writer.write(page(0)).then(() => {
      isTaken = true;
    });
    await settled();
    expect([isTaken, reading.mock.calls.length]).toEqual([false, 0]);
    await stream.readable.getReader().read();
    await settled();
    expect(isTaken).toBe(true);
  });

  it("is the body of a response", async () => {
    const body = sourceOf([page(0), page(1)]).pipeThrough(ndjson());
    expect(await new Response(body).text()).toBe([0, 1, 2, 3].map(line).join(""));
  });

  it("refuses another session, since lines cannot be taken back", async () => {
    const other = loadedPage(sessionOf(6, { pageSize: 2, sessionId: "session-2" }), 0, []);
    const { error } = await written([page(0), other]);
    expect(error).toMatchObject({ code: "session-expired" });
  });
});

describe("ndjsonSink", () => {
  async function piped(pages: readonly Page[], options?: NdjsonOptions, bytes = target()) {
    const sink = ndjsonSink(bytes.writable, options);
    const error = await sourceOf(pages)
      .pipeTo(sink)
      .then(
        () => undefined,
        (reason) => reason,
      );
    return { ...bytes, sink, error };
  }

  it("writes lines, closes, and says what it wrote", async () => {
    const { chunks, sink, error, close } = await piped([page(0), page(1), page(2)]);
    expect(chunks.join("")).toBe([0, 1, 2, 3, 4, 5].map(line).join(""));
    expect([error, close.mock.calls.length]).toEqual([undefined, 1]);
    expect(await sink.result).toMatchObject({
      table: null,
      totalRows: 6,
      successfulPages: 3,
      failedPages: 0,
      failedPageIndices: [],
      reportedTotal: 6,
      duplicateProfiles: null,
      profilesWithoutId: 0,
      missing: 0,
      complete: true,
    });
  });

  it("counts profiles without an id, keeps those that come twice, and says what did not come", async () => {
    const texts = ['{"$distinct_id":1}', '{"$distinct_id":""}', "{}", '{"$distinct_id":1}'];
    const { chunks, sink } = await piped([loadedPage(sessionOf(7, { pageSize: 2 }), 0, rowsOf(...texts))]);
    expect(chunks.join("")).toBe([1, null, null, 1].map(line).join(""));
    expect(await sink.result).toMatchObject({ totalRows: 2, profilesWithoutId: 2, missing: 3, complete: false });
  });

  it("is not complete before any page came, and is for a project without profiles", async () => {
    expect(await (await piped([])).sink.result).toMatchObject({ totalRows: 0, reportedTotal: null, complete: false });
    const none = await piped([loadedPage(sessionOf(0, { pageSize: 2 }), 0, [])]);
    expect(await none.sink.result).toMatchObject({
      totalRows: 0,
      reportedTotal: 0,
      successfulPages: 1,
      complete: true,
    });
    expect(none.close).toHaveBeenCalledOnce();
  });

  it.each<[NdjsonOptions["onFailedPage"], number, string | undefined, boolean]>([
    [undefined, 2, "incomplete", true],
    ["finish", 2, "incomplete", true],
    ["stop", 1, "incomplete", false],
    ["skip", 2, undefined, true],
  ])("does with a failed page what it is told: %s", async (onFailedPage, written, code, isFinished) => {
    const { chunks, sink, error, close, abort } = await piped(
      [page(0), failedPage(session, 1), page(2)],
      onFailedPage && { onFailedPage },
    );
    expect([chunks.length, error?.code]).toEqual([written, code]);
    expect([close.mock.calls.length, abort.mock.calls.length]).toEqual(isFinished ? [1, 0] : [0, 1]);
    const result = { successfulPages: written, failedPageIndices: [1], missing: 6 - 2 * written, complete: false };
    if (isFinished) expect(await sink.result).toMatchObject(result);
    else expect((await errorOf(() => sink.result)).result).toMatchObject(result);
    if (code !== undefined) expect(error.result).toMatchObject(result);
  });

  it.each(["Stop", "ignore", "", null])("refuses to be told %j", (onFailedPage) => {
    for (const make of [ndjson, (options: NdjsonOptions) => ndjsonSink(new WritableStream(), options)]) {
      expect(errorOf(() => make({ onFailedPage } as NdjsonOptions)).code).toBe("usage");
    }
  });

  it("counts the whole export after a resume", async () => {
    const resume = { session: sessionOf(10, { pageSize: 2 }), nextPage: 3, failedPages: [1] };
    const pages = [1, 3, 4].map((index) =>
      loadedPage(resume.session, index, rowsOf('{"$distinct_id":1}', '{"$distinct_id":2}')),
    );
    const { sink } = await piped(pages, { resume });
    expect(await sink.result).toMatchObject({
      totalRows: 10,
      successfulPages: 5,
      failedPages: 0,
      missing: 0,
      complete: true,
    });
  });

  it("waits for each page to be written", async () => {
    let release: () => void = () => {};
    const slow = target({
      write: () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    });
    const writer = ndjsonSink(slow.writable).getWriter();
    let isWritten = false;
    void writer.write(page(0)).then(() => {
      isWritten = true;
    });
    await settled();
    expect(isWritten).toBe(false);
    release();
    await settled();
    expect(isWritten).toBe(true);
  });

  const broken = new Error("disk full");
  const fail = (): never => {
    throw broken;
  };

  it.each<[string, UnderlyingSink<Uint8Array>]>([
    ["writing", { write: fail }],
    ["closing", { close: fail }],
  ])("rejects as the stream beneath does: when %s", async (_, beneath) => {
    const { sink, error } = await piped([page(0), page(1)], {}, target(beneath));
    expect(error).toBe(broken);
    await expect(sink.result).rejects.toBe(broken);
  });

  it("rejects where the stream beneath fails by itself", async () => {
    let controller: WritableStreamDefaultController | undefined;
    const writable = new WritableStream<Uint8Array<ArrayBuffer>>({
      start(own) {
        controller = own;
      },
    });
    const sink = ndjsonSink(writable);
    const writer = sink.getWriter();
    await writer.write(page(0));
    controller?.error(broken);
    await expect(writer.write(page(1))).rejects.toBe(broken);
    await expect(sink.result).rejects.toBe(broken);
  });

  it("aborts the stream beneath with the reason, when it is aborted or its source fails", async () => {
    const bytes = target();
    const sink = ndjsonSink(bytes.writable);
    await sink.abort(broken);
    expect(bytes.abort).toHaveBeenCalledExactlyOnceWith(broken);
    await expect(sink.result).rejects.toBe(broken);

    const other = target();
    const source = new ReadableStream<Page>({ start: (controller) => controller.error(broken) });
    await expect(source.pipeTo(ndjsonSink(other.writable))).rejects.toBe(broken);
    expect(other.abort).toHaveBeenCalledExactlyOnceWith(broken);
  });

  it("leaves no rejection behind that nobody handles, though nobody looks at its result", async () => {
    await ndjsonSink(target({ abort: fail }).writable)
      .abort(broken)
      .catch(() => {});
    await piped([page(0)], {}, target({ write: fail, abort: fail }));
    await piped([failedPage(session, 0)], { onFailedPage: "stop" }, target({ abort: fail }));
    await settled();
  });

  it("cannot take back lines, and says so", async () => {
    const other = loadedPage(sessionOf(6, { pageSize: 2, sessionId: "session-2" }), 0, []);
    const { sink, error, abort } = await piped([page(0), other]);
    expect(sink.restarts).toBe(false);
    expect(error).toMatchObject({ code: "session-expired" });
    expect(abort).toHaveBeenCalledOnce();
  });

  it("refuses a stream that somebody else writes to", () => {
    const { writable } = target();
    writable.getWriter();
    expect(() => ndjsonSink(writable)).toThrow(TypeError);
  });
});
