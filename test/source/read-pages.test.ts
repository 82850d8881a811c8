import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EngageWarning } from "../../src/engage-warning.ts";
import type { Checkpoint } from "../../src/export/checkpoint.ts";
import type { EngageProfile } from "../../src/page/engage-profile.ts";
import type { PageResult } from "../../src/page/page-result.ts";
import { RequestGate } from "../../src/source/pace/request-gate.ts";
import { PageLoader } from "../../src/source/page-loader.ts";
import { engageRequest } from "../../src/source/query/engage-request.ts";
import { readPages } from "../../src/source/read-pages.ts";
import { authorization } from "../../src/source/request/authorization.ts";
import { EngageClient } from "../../src/source/request/engage-client.ts";
import { errorOf } from "../helpers/error-of.ts";
import {
  type Answer,
  fakeEngage,
  hangs,
  onPage,
  PROJECT,
  pageResponse,
  profile,
  serves,
} from "../helpers/fake-engage.ts";
import { elapse, fakeTime, inFakeTime, settled } from "../helpers/fake-time.ts";

fakeTime();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(1);
});

type Page = PageResult<EngageProfile>;

interface Options {
  concurrency?: number;
  limit?: number;
  resume?: Checkpoint;
  maxRetries?: number;
}

function reading(answers: readonly Answer[], { concurrency = 5, limit, resume, maxRetries = 5 }: Options = {}) {
  const engage = fakeEngage(...answers);
  const request = engageRequest({ ...PROJECT, ...(limit !== undefined && { limit }) });
  const { query } = request;
  const maxWait = 3_600_000;
  const client = new EngageClient({
    request,
    auth: authorization(PROJECT),
    timeout: 500_000,
    maxPageBytes: 2 ** 30,
    fetch: engage.fetch,
  });
  const gate = new RequestGate({ concurrency, maxWait, onWait: () => {}, warn: () => {} });
  const loader = new PageLoader({ client, gate, query, maxRetries, maxWait, onWait: () => {} });
  const end = new AbortController();
  const warnings: EngageWarning[] = [];
  const pages = readPages({ loader, concurrency, end, warn: (warning) => warnings.push(warning) }, resume);
  return { engage, pages, end, warnings, query };
}

async function all(pages: AsyncIterable<Page>): Promise<Page[]> {
  const read: Page[] = [];
  for await (const page of pages) read.push(page);
  return read;
}

/** Reads to the end: each page's index with its ids, or with the code of its error. */
async function read(answers: readonly Answer[], options?: Options) {
  const { engage, pages, warnings } = reading(answers, options);
  const results = await inFakeTime(all(pages));
  return { engage, results, warnings, seen: results.map(seen) };
}

function seen(page: Page): readonly unknown[] {
  return page.status === "loaded"
    ? [page.pageIndex, ...page.rows.map(({ $distinct_id }) => Number($distinct_id?.slice(3)))]
    : [page.pageIndex, page.error.code];
}

/** The same project, whose page 0 does not say how many profiles there are. */
function servesSilently(total: number, pageSize = 2): Answer {
  return ({ page }) => {
    const length = Math.max(0, Math.min(pageSize, total - page * pageSize));
    const texts = Array.from({ length }, (_, index) => profile(page * pageSize + index));
    return pageResponse(texts, { total: undefined, page_size: pageSize });
  };
}

function refuse(status: number, body = ""): () => Response {
  return () => new Response(body, { status });
}

/** Answers after a while, longer for earlier pages. */
function slowly(answer: Answer): Answer {
  return (call) =>
    new Promise((resolve, reject) =>
      setTimeout(
        () => Promise.resolve(answer(call)).then((response) => response && resolve(response), reject),
        1000 / (call.page + 1),
      ),
    );
}

describe("the pages", () => {
  it.each([
    [
      5,
      [
        [0, 0, 1],
        [1, 2, 3],
        [2, 4],
      ],
    ],
    [
      4,
      [
        [0, 0, 1],
        [1, 2, 3],
      ],
    ],
    [2, [[0, 0, 1]]],
    [1, [[0, 0]]],
    [0, [[0]]],
  ])("of %i profiles, two a page, are asked for once each", async (total, expected) => {
    const { engage, seen } = await read([serves(total)]);
    expect(seen).toEqual(expected);
    expect(engage.pages).toEqual(expected.map(([page]) => page));
  });

  it("come in order, whatever order they arrive in, and are the same as one at a time", async () => {
    const parallel = await read([slowly(serves(50))]);
    const sequential = await read([slowly(serves(50))], { concurrency: 1 });
    expect(parallel.seen).toEqual(sequential.seen);
    expect(parallel.seen.flatMap(([, ...ids]) => ids)).toEqual(Array.from({ length: 50 }, (_, id) => id));
    expect([parallel.engage.peakInFlight, sequential.engage.peakInFlight]).toEqual([5, 1]);
  });

  it("after page 0 wait for it, and name its session whatever a later one names", async () => {
    const { engage } = await read([
      slowly((call) => pageResponse([profile(0)], { total: 4, page_size: 1, session_id: `session-${call.page}` })),
    ]);
    expect(engage.calls.map(({ sessionId }) => sessionId)).toEqual([null, "session-0", "session-0", "session-0"]);
  });

  it("share one session", async () => {
    const { results } = await read([serves(6), onPage(9, hangs)]);
    expect(new Set(results.map(({ session }) => session)).size).toBe(1);
  });

  it("are planned by the page size that came, not by the one asked for", async () => {
    const { engage } = await read([serves(7, 3)]);
    expect(engage.pages).toEqual([0, 1, 2]);
  });

  it("that fail for good are told, and the others come", async () => {
    const { seen } = await read([onPage(1, refuse(500)), onPage(2, refuse(503)), serves(9)], { maxRetries: 1 });
    expect(seen).toEqual([
      [0, 0, 1],
      [1, "server"],
      [2, "server"],
      [3, 6, 7],
      [4, 8],
    ]);
  });

  it("say how many requests they took", async () => {
    const { results } = await read([onPage(1, refuse(500), 2), onPage(2, refuse(500)), serves(5)]);
    expect(results.map(({ attempts }) => attempts)).toEqual([1, 3, 6]);
  });

  it("that are short or empty for good are no success", async () => {
    const { seen } = await read([
      onPage(1, () => pageResponse([], { total: 7 })),
      onPage(2, () => pageResponse([profile(4)], { total: 7 })),
      serves(7),
    ]);
    expect(seen).toEqual([
      [0, 0, 1],
      [1, "bad-response"],
      [2, 4],
      [3, 6],
    ]);
  });
});

describe("a limit", () => {
  it.each([
    [1, [[0, 0]]],
    [2, [[0, 0, 1]]],
    [
      3,
      [
        [0, 0, 1],
        [1, 2],
      ],
    ],
    [
      9,
      [
        [0, 0, 1],
        [1, 2, 3],
        [2, 4],
      ],
    ],
  ])("of %i takes no page more than needed, and no profile", async (limit, expected) => {
    const { engage, seen } = await read([serves(5)], { limit });
    expect(seen).toEqual(expected);
    expect(engage.pages).toEqual(expected.map(([page]) => page));
  });

  it.each([1, 2, 3, 4])("of %i takes no page more than needed where the total is unknown", async (limit) => {
    const { engage, seen } = await read([servesSilently(50)], { limit });
    expect(seen.flatMap(([, ...ids]) => ids)).toEqual(Array.from({ length: limit }, (_, id) => id));
    expect(engage.pages).toHaveLength(Math.ceil(limit / 2));
  });

  it("beyond the total takes all there is, where that is unknown too", async () => {
    expect((await read([servesSilently(5)], { limit: 9 })).seen).toEqual([
      [0, 0, 1],
      [1, 2, 3],
      [2, 4],
    ]);
  });
});

describe("where the total is unknown", () => {
  it.each([
    [
      "a short page ends",
      5,
      [
        [0, 0, 1],
        [1, 2, 3],
        [2, 4],
      ],
    ],
    ["an empty page ends", 4, [[0, 0, 1], [1, 2, 3], [2]]],
    ["a short page 0 ends", 1, [[0, 0]]],
    ["an empty page 0 ends", 0, [[0]]],
  ])("%s the stream", async (_, total, expected) => {
    const { seen } = await read([servesSilently(total)]);
    expect(seen).toEqual(expected);
  });

  it("no page is read ahead beyond the concurrency, even while the first waits for a repeat", async () => {
    const { engage, seen } = await read([onPage(1, refuse(500), 2), servesSilently(60)], { concurrency: 3 });
    expect(seen).toHaveLength(31);
    expect(Math.max(...engage.pages.slice(0, engage.pages.lastIndexOf(1)))).toBe(3);
    expect(Math.max(...engage.pages)).toBeLessThanOrEqual(30 + 3);
  });

  it("what was read ahead is aborted and not told of, failures included", async () => {
    const { engage, seen } = await read([
      onPage(2, refuse(500)),
      onPage(3, hangs),
      onPage(4, () => Promise.reject(new TypeError("reset"))),
      slowly(servesSilently(3)),
    ]);
    expect(seen).toEqual([
      [0, 0, 1],
      [1, 2],
    ]);
    await settled();
    expect(engage.inFlight).toBe(0);
    expect(engage.calls.find(({ page }) => page === 3)?.signal.aborted).toBe(true);
  });

  it("a page that fails for good ends everything, since nobody knows the end", async () => {
    const { engage, pages } = reading([onPage(2, refuse(500)), onPage(3, hangs), servesSilently(50)], {
      maxRetries: 1,
    });
    const read: unknown[] = [];
    const reads = (async () => {
      for await (const page of pages) read.push(page.pageIndex);
    })();
    expect((await errorOf(() => inFakeTime(reads))).code).toBe("server");
    await settled();
    expect(read).toEqual([0, 1]);
    expect(engage.inFlight).toBe(0);
  });

  it("a failure beyond the end is not looked at", async () => {
    const { seen } = await read([onPage(3, refuse(400, "no such page")), slowly(servesSilently(3))]);
    expect(seen).toEqual([
      [0, 0, 1],
      [1, 2],
    ]);
  });
});

describe("what makes every further page pointless", () => {
  it.each([400, 401, 402, 403, 404])("ends everything at once: %i on page 3", async (status) => {
    const { engage, pages } = reading([
      onPage(3, refuse(status)),
      (call) => (call.page > 0 ? hangs() : undefined),
      serves(40),
    ]);
    const error = await errorOf(() => inFakeTime(all(pages)));
    expect(error).toMatchObject({ status, pageIndex: 3 });
    await settled();
    expect(engage.inFlight).toBe(0);
    expect(engage.pages).toEqual([0, 1, 2, 3, 4, 5]);
    expect(engage.calls.filter(({ signal }) => signal.aborted).map(({ page }) => page)).toEqual([1, 2, 4, 5]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends the waits of others", async () => {
    const { engage, pages } = reading([
      onPage(1, () => new Response("", { status: 503, headers: { "Retry-After": "100" } })),
      onPage(2, slowly(onPage(2, refuse(401)))),
      serves(40),
    ]);
    const failing = errorOf(() => all(pages));
    await elapse(1000);
    expect((await failing).code).toBe("unauthorized");
    expect(engage.pages.filter((page) => page === 1)).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is a page 0 that fails for good: there is no session yet", async () => {
    for (const [answer, code, requests] of [
      [refuse(500), "server", 6],
      [refuse(401), "unauthorized", 1],
    ] as const) {
      const { engage, pages } = reading([onPage(0, answer)]);
      expect((await errorOf(() => inFakeTime(all(pages)))).code).toBe(code);
      expect(engage.pages).toHaveLength(requests);
    }
  });

  it("is a session that is gone", async () => {
    const { pages } = reading([onPage(2, refuse(400, "request for page in uncached query for params")), serves(40)]);
    expect((await errorOf(() => inFakeTime(all(pages)))).code).toBe("session-expired");
  });
});

describe("a checkpoint", () => {
  const session = (total: number | undefined) => ({
    sessionId: "kept",
    total,
    pageSize: 2,
    totalPages: total === undefined ? undefined : Math.ceil(total / 2),
    query: engageRequest(PROJECT).query,
  });

  it("is taken up with its session: the pages that were missing first, then the rest", async () => {
    const resume = { session: session(12), nextPage: 4, failedPages: [1, 3] };
    const { engage, seen, results } = await read([slowly(serves(12))], { resume });
    expect(seen).toEqual([
      [1, 2, 3],
      [3, 6, 7],
      [4, 8, 9],
      [5, 10, 11],
    ]);
    expect(engage.calls.map(({ sessionId }) => sessionId)).toEqual(["kept", "kept", "kept", "kept"]);
    expect(results[0]?.session).toBe(resume.session);
  });

  it("of an export that was done asks for nothing", async () => {
    for (const nextPage of [6, 7]) {
      const { engage, seen } = await read([serves(12)], {
        resume: { session: session(12), nextPage, failedPages: [] },
      });
      expect([seen, engage.pages]).toEqual([[], []]);
    }
  });

  it("of an unknown total reads on until a page is short", async () => {
    const resume = { session: session(undefined), nextPage: 2, failedPages: [] };
    const { seen } = await read([servesSilently(7)], { resume });
    expect(seen).toEqual([
      [2, 4, 5],
      [3, 6],
    ]);
  });

  it("whose session is gone says so", async () => {
    const resume = { session: session(12), nextPage: 4, failedPages: [] };
    const { pages } = reading([refuse(400, "request for page in uncached query for params")], { resume });
    expect((await errorOf(() => inFakeTime(all(pages)))).code).toBe("session-expired");
  });
});

describe("pages that fail one after the other", () => {
  const fails =
    (from: number, to: number): Answer =>
    (call) =>
      call.page >= from && call.page <= to ? refuse(503)() : undefined;

  it("end the export after twenty, with the error of the last one", async () => {
    const { engage, pages } = reading([fails(3, 1000), serves(2000)], { maxRetries: 0 });
    const read: Page[] = [];
    const error = await errorOf(() =>
      inFakeTime(
        (async () => {
          for await (const page of pages) read.push(page);
        })(),
      ),
    );
    expect(read.map(({ status }) => status)).toEqual([...Array(3).fill("loaded"), ...Array(20).fill("failed")]);
    expect(error).toMatchObject({ code: "server", status: 503, pageIndex: 22, cause: { pageIndex: 22 } });
    expect(error.message).toMatch(/^20 pages in a row failed, the last because: Mixpanel failed \(page 22\)/);
    expect(engage.calls.length).toBeLessThanOrEqual(23 + 10);
    const { length } = engage.calls;
    await elapse(3_600_000);
    expect([engage.calls.length, engage.inFlight]).toEqual([length, 0]);
  });

  it("are counted in page order, whatever order they fail in", async () => {
    const { pages } = reading([slowly((call) => fails(1, 20)(call) ?? serves(2000)(call))], { maxRetries: 0 });
    expect(await errorOf(() => inFakeTime(all(pages)))).toMatchObject({ code: "server", pageIndex: 20 });
  });

  it("are counted again after one that comes", async () => {
    const { seen } = await read([fails(1, 19), fails(21, 39), serves(82)], { maxRetries: 0 });
    expect(seen.filter(([, code]) => code === "server")).toHaveLength(38);
    expect(seen.at(-1)).toEqual([40, 80, 81]);
  });

  it("end a resumed export too", async () => {
    const failedPages = Array.from({ length: 30 }, (_, index) => index + 1);
    const { query } = engageRequest(PROJECT);
    const resume = {
      session: { sessionId: "kept", total: 80, pageSize: 2, totalPages: 40, query },
      nextPage: 40,
      failedPages,
    };
    const { pages } = reading([fails(0, 99)], { resume, maxRetries: 0 });
    expect(await errorOf(() => inFakeTime(all(pages)))).toMatchObject({ code: "server", pageIndex: 20 });
  });
});

describe("many pages", () => {
  it("of more than 60 are warned of once, with what is known", async () => {
    const { warnings } = await read([serves(61, 1)]);
    expect(warnings).toEqual([
      {
        code: "many-pages",
        message:
          "61 pages: Mixpanel documents 60 queries an hour; pages of one session have not been counted so far, so expect one",
      },
    ]);
  });

  it("of 60 or fewer are not", async () => {
    expect((await read([serves(60, 1)])).warnings).toEqual([]);
    expect((await read([serves(100, 1)], { limit: 60 })).warnings).toEqual([]);
  });
});
