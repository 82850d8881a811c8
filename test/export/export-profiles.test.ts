import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EngageWarning } from "../../src/engage-warning.ts";
import { type ExportProfilesOptions, exportProfiles, type PageProgress } from "../../src/export/export-profiles.ts";
import type { ExportSink } from "../../src/export/export-sink.ts";
import { ExportTally } from "../../src/export/export-tally.ts";
import type { PageResult } from "../../src/page/page-result.ts";
import type { ProfileRow } from "../../src/page/profile-row.ts";
import { ndjsonSink } from "../../src/sink/ndjson/ndjson-sink.ts";
import { errorOf } from "../helpers/error-of.ts";
import { type Answer, fakeEngage, onPage, PROJECT, pageResponse, profile, serves } from "../helpers/fake-engage.ts";
import { elapse, fakeTime, inFakeTime, settled } from "../helpers/fake-time.ts";

fakeTime();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(1);
});

type Page = PageResult<ProfileRow>;

function refuse(status: number, body = ""): () => Response {
  return () => new Response(body, { status });
}

const lostSession = refuse(400, "request for page in uncached query for params");

/** Any writable stream of pages, and what came to it. */
function plainSink(write: (page: Page) => void | Promise<void> = () => {}) {
  const pages: number[] = [];
  const close = vi.fn();
  const abort = vi.fn();
  const sink = new WritableStream<Page>({
    async write(page) {
      await write(page);
      pages.push(page.pageIndex);
    },
    close,
    abort,
  });
  return { sink, pages, close, abort };
}

/** A sink that begins again with each session. */
function restartingSink() {
  const pages: string[] = [];
  let tally = new ExportTally({ table: "profiles", keyed: true });
  let resolve: (result: ReturnType<ExportTally["result"]>) => void = () => {};
  const result = new Promise<ReturnType<ExportTally["result"]>>((settle) => {
    resolve = settle;
  });
  const stream = new WritableStream<Page>({
    write(page) {
      if (tally.isOtherSession(page)) tally = tally.restarted();
      tally.add(page);
      pages.push(`${page.session.sessionId}/${page.pageIndex}`);
    },
    close: () => resolve(tally.result()),
  });
  const sink: ExportSink = Object.assign(stream, {
    result,
    restarts: true,
    checkpoint: undefined,
    soFar: () => tally.result(),
  });
  return { sink, pages };
}

function exporting(
  answers: readonly Answer[],
  options: Pick<ExportProfilesOptions, "sink"> & Partial<ExportProfilesOptions>,
) {
  const engage = fakeEngage(...answers);
  const warnings: EngageWarning[] = [];
  const progress: PageProgress[] = [];
  const onWarning = (warning: EngageWarning) => warnings.push(warning);
  const onPage = (page: PageProgress) => progress.push(page);
  const all = { ...PROJECT, fetch: engage.fetch, onWarning, onPage, ...options } as ExportProfilesOptions;
  return { engage, warnings, progress, result: inFakeTime(exportProfiles(all)) };
}

describe("an export", () => {
  it("into any stream comes to a result", async () => {
    const { sink, pages, close } = plainSink();
    const { result, warnings } = exporting([serves(5)], { sink });
    expect(await result).toMatchObject({ table: null, totalRows: 5, successfulPages: 3, missing: 0, complete: true });
    expect([pages, close.mock.calls.length, warnings]).toEqual([[0, 1, 2], 1, []]);
    expect(sink.locked).toBe(false);
  });

  it("tells of each page after it was written, and of each that failed", async () => {
    const log: string[] = [];
    const { sink } = plainSink(async ({ pageIndex }) => {
      await settled();
      log.push(`written ${pageIndex}`);
    });
    const told = (page: PageProgress) => log.push(`told ${page.pageIndex}`);
    await exporting([onPage(1, refuse(500)), serves(5)], { sink, maxRetries: 0, onPage: told }).result;
    expect(log).toEqual([0, 1, 2].flatMap((page) => [`written ${page}`, `told ${page}`]));
    const { progress, result } = exporting([onPage(1, refuse(500)), serves(5)], {
      sink: plainSink().sink,
      maxRetries: 0,
    });
    await result;
    expect(progress).toEqual([
      { pageIndex: 0, totalPages: 3, rows: 2, success: true, error: undefined },
      { pageIndex: 1, totalPages: 3, rows: 0, success: false, error: expect.objectContaining({ code: "server" }) },
      { pageIndex: 2, totalPages: 3, rows: 1, success: true, error: undefined },
    ]);
  });

  it("with failed pages resolves, and says what is missing", async () => {
    for (const { sink } of [plainSink(), { sink: ndjsonSink(new WritableStream()) }]) {
      const { result, warnings } = exporting([onPage(1, refuse(500)), serves(5)], { sink, maxRetries: 0 });
      expect(await result).toMatchObject({ failedPageIndices: [1], totalRows: 3, missing: 2, complete: false });
      expect(warnings).toEqual([
        {
          code: "difference",
          message: "Mixpanel reported 5 profiles, 3 were written: 2 missing, 1 failed page",
        },
      ]);
    }
  });

  it("rejects at the first failed page where the sink is to stop", async () => {
    const sink = ndjsonSink(new WritableStream(), { onFailedPage: "stop" });
    const { result } = exporting([onPage(1, refuse(500)), serves(5)], { sink, maxRetries: 0 });
    expect((await errorOf(() => result)).code).toBe("incomplete");
  });

  it("says how much more came than was reported", async () => {
    const answer = () => pageResponse([profile(0), profile(1), profile(2)], { total: 2 });
    const { result, warnings } = exporting([answer], { sink: plainSink().sink });
    expect(await result).toMatchObject({ missing: -1, complete: true });
    expect(warnings).toMatchObject([{ message: "Mixpanel reported 2 profiles, 3 were written: 1 more than reported" }]);
  });

  it("says which profiles a table left out, and nothing of those that lines hold", async () => {
    const answer = () => pageResponse(["{}", profile(0)], { total: 2 });
    const table = exporting([answer], { sink: restartingSink().sink });
    expect(await table.result).toMatchObject({ totalRows: 1, profilesWithoutId: 1, complete: true });
    expect(table.warnings).toMatchObject([
      { message: "Mixpanel reported 2 profiles, 1 were written: 1 without an id" },
    ]);
    const lines = exporting([answer], { sink: plainSink().sink });
    await lines.result;
    expect(lines.warnings).toEqual([]);
  });

  it("that ends aborts the sink with the reason", async () => {
    const { sink, pages, abort } = plainSink();
    const { result } = exporting([onPage(1, refuse(401)), serves(5)], { sink });
    const error = await errorOf(() => result);
    expect(error.code).toBe("unauthorized");
    expect(pages).toEqual([0]);
    expect(abort).toHaveBeenCalledExactlyOnceWith(error);
    expect(sink.locked).toBe(false);
  });

  it("with options that cannot be sent aborts the sink too, and requests nothing", async () => {
    const { sink, abort } = plainSink();
    const { result, engage } = exporting([serves(5)], { sink, projectId: "abc" });
    expect((await errorOf(() => result)).code).toBe("usage");
    expect([abort.mock.calls.length, engage.calls.length]).toEqual([1, 0]);
  });

  it("rejects as its sink does, and ends the requests", async () => {
    const broken = new Error("disk full");
    const { result, engage } = exporting([serves(50)], {
      sink: plainSink(() => {
        throw broken;
      }).sink,
    });
    await expect(result).rejects.toBe(broken);
    await settled();
    expect(engage.inFlight).toBe(0);
    expect(engage.calls.length).toBeLessThan(20);
  });

  it("tells of a listener that throws, and keeps its own outcome", async () => {
    const { result, warnings } = exporting([serves(5)], {
      sink: plainSink().sink,
      onPage: ({ pageIndex }) => {
        if (pageIndex === 1) throw new Error("a bug of the caller's");
      },
    });
    expect(await result).toMatchObject({ totalRows: 5, complete: true });
    expect(warnings).toMatchObject([
      { code: "listener-failed", message: expect.stringContaining("a bug of the caller's") },
    ]);
    const printed = vi.spyOn(console, "error").mockReturnValue();
    const deaf = exporting([onPage(1, refuse(500)), serves(5)], {
      sink: plainSink().sink,
      maxRetries: 0,
      onWarning: () => {
        throw new Error("deaf");
      },
    });
    expect(await deaf.result).toMatchObject({ totalRows: 3, complete: false });
    expect(printed).toHaveBeenCalledOnce();
  });

  it("rejects with the signal's reason at once, and the write under way goes on", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const { sink, pages, abort } = plainSink(async ({ pageIndex }) => {
      if (pageIndex === 1) controller.abort(reason);
      await settled();
    });
    await expect(exporting([serves(50)], { sink, signal: controller.signal }).result).rejects.toBe(reason);
    // The write under way goes on after the export has rejected.
    await settled();
    await settled();
    expect(pages).toEqual([0, 1]);
    expect(abort).toHaveBeenCalledExactlyOnceWith(reason);
  });

  const never = () => new Promise<never>(() => {});
  const passOn = (page: Page, controller: TransformStreamDefaultController<Page>) => controller.enqueue(page);

  it.each<[string, Partial<Pick<ExportProfilesOptions, "fetch" | "sink" | "transforms">>]>([
    ["a transform", { transforms: [() => new TransformStream({ transform: never })] }],
    ["the end of a transform", { transforms: [() => new TransformStream({ transform: passOn, flush: never })] }],
    ["a write", { sink: new WritableStream({ write: never }) }],
    ["the close", { sink: new WritableStream({ close: never }) }],
    ["the close of a stream that takes lines", { sink: ndjsonSink(new WritableStream({ close: never })) }],
    [
      "the abort of a stream that takes lines",
      { sink: ndjsonSink(new WritableStream({ abort: never })), fetch: never },
    ],
  ])("rejects with the signal's reason while %s is stuck, after 30 s at the latest", async (_, options) => {
    const controller = new AbortController();
    const { fetch } = fakeEngage(serves(5));
    const ended = vi.fn();
    exportProfiles({ ...PROJECT, fetch, sink: plainSink().sink, ...options, signal: controller.signal }).catch(ended);
    await settled();
    controller.abort("enough");
    await elapse(30_000);
    expect(ended).toHaveBeenCalledExactlyOnceWith("enough");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("resolves if the sink closes in spite of the signal", async () => {
    const controller = new AbortController();
    const close = () => {
      controller.abort("too late");
      return new Promise<void>((resolve) => setTimeout(resolve, 29_000));
    };
    const { result } = exporting([serves(5)], {
      sink: ndjsonSink(new WritableStream({ close })),
      signal: controller.signal,
    });
    expect(await inFakeTime(result)).toMatchObject({ totalRows: 5, complete: true });
  });
});

describe("a session that is lost", () => {
  /** Loses page 2 of the first so many sessions. */
  function losing(times: number): Answer {
    let sessions = 0;
    return (call) => {
      if (call.page === 0) sessions += 1;
      if (call.page === 2 && sessions <= times) return lostSession();
      const texts = [profile(2 * call.page), profile(2 * call.page + 1)];
      return pageResponse(texts, { total: 6, session_id: `s${sessions}` });
    };
  }

  it.each([1, 2])("starts the export over, %i times, with the outcome of an undisturbed run", async (times) => {
    const { sink, pages } = restartingSink();
    const { result, warnings } = exporting([losing(times)], { sink, concurrency: 1 });
    expect(await result).toMatchObject({ totalRows: 6, successfulPages: 3, complete: true });
    expect(pages.slice(-3)).toEqual([0, 1, 2].map((page) => `s${times + 1}/${page}`));
    expect(warnings.map(({ code }) => code)).toEqual(Array(times).fill("session-restarted"));
  });

  it("for the third time ends it", async () => {
    const { sink } = restartingSink();
    const { result, engage } = exporting([losing(3)], { sink, concurrency: 1 });
    expect((await errorOf(() => result)).code).toBe("session-expired");
    expect(engage.pages.filter((page) => page === 0)).toHaveLength(3);
  });

  it("ends it at once where the sink cannot take back what it wrote", async () => {
    for (const sink of [plainSink().sink, ndjsonSink(new WritableStream())]) {
      const { result, engage } = exporting([losing(1)], { sink, concurrency: 1 });
      expect((await errorOf(() => result)).code).toBe("session-expired");
      expect(engage.pages.filter((page) => page === 0)).toHaveLength(1);
    }
  });

  it("is not taken up again by the run that starts over", async () => {
    const first = exporting([losing(0)], { sink: plainSink().sink });
    await first.result;
    const session = {
      sessionId: "old",
      total: 6,
      pageSize: 2,
      totalPages: 3,
      query: { host: "https://mixpanel.com", projectId: "1234567" },
    };
    const { sink, pages } = restartingSink();
    const answers = [
      (call: Parameters<Answer>[0]) => (call.sessionId === "old" ? lostSession() : undefined),
      losing(0),
    ];
    const { result } = exporting(answers, { sink, resume: { session, nextPage: 2, failedPages: [] } });
    expect(await result).toMatchObject({ totalRows: 6, complete: true });
    expect(pages).toEqual(["s1/0", "s1/1", "s1/2"]);
  });
});

it("goes on where a checkpoint says, and counts the whole export", async () => {
  const session = {
    sessionId: "session-1",
    total: 6,
    pageSize: 2,
    totalPages: 3,
    query: { host: "https://mixpanel.com", projectId: "1234567" },
  };
  const { sink, pages } = plainSink();
  const { result } = exporting([serves(6)], { sink, resume: { session, nextPage: 2, failedPages: [0] } });
  expect(await result).toMatchObject({ totalRows: 6, successfulPages: 3, complete: true });
  expect(pages).toEqual([0, 2]);
});
