import { createWriteStream } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  exportProfiles,
  isEngageError,
  ndjson,
  ndjsonSink,
  normalizeProfiles,
  type PageProgress,
  type ProfilePagesOptions,
  profilePages,
  profileRow,
} from "../src/index.ts";
import { type Answer, pageText, profileLines, startServer } from "./helpers/http-server.ts";

const account = { projectId: "1234567", serviceAccount: { username: "reader.1", secret: "hush-hush-hush" } };
const unhandled: unknown[] = [];
const onUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", onUnhandled);
  // The shortest waits that jitter allows.
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", onUnhandled);
  expect(unhandled).toEqual([]);
});

async function read(options: ProfilePagesOptions): Promise<string> {
  const lines = profilePages(options).pipeThrough(normalizeProfiles()).pipeThrough(ndjson());
  return new Response(lines).text();
}

/** Answers with a status. */
function status(code: number, headers: Record<string, string> = {}, body = ""): Answer {
  return (_, response) => {
    response.writeHead(code, headers).end(body);
    return true;
  };
}

/** Takes requests for one page only. */
function onPage(page: number, answer: Answer): Answer {
  return (request, response, nth) => (request.page === page ? answer(request, response, nth) : false);
}

const never: Answer = () => true;

describe("profiles from a real server", () => {
  test("arrive as NDJSON in page order, byte for byte", async () => {
    const { baseUrl } = await startServer(2500);
    expect(await read({ ...account, baseUrl })).toBe(profileLines(0, 2500));
  });

  test("are the same bytes one request at a time and five at a time, whatever order pages arrive in", async () => {
    const held: (() => void)[] = [];
    const backwards: Answer = (request, response) => {
      if (request.page === 0) return false;
      held.push(() => response.end(pageText(request.page, 11_000)));
      if (held.length === 5) for (const answer of held.splice(0).reverse()) answer();
      return true;
    };
    const five = await startServer(11_000, backwards);
    const one = await startServer(11_000);
    const parallel = await read({ ...account, baseUrl: five.baseUrl });
    expect(parallel).toBe(await read({ ...account, baseUrl: one.baseUrl, concurrency: 1 }));
    expect(parallel).toBe(profileLines(0, 11_000));
    expect(Math.max(...one.requests.map((request) => request.inFlight))).toBe(1);
  });

  test("are asked for alone at first and then five at a time, never six", async () => {
    const held: (() => void)[] = [];
    const inFives: Answer = (request, response) => {
      if (request.page === 0) return false;
      held.push(() => response.end(pageText(request.page, 21_000)));
      if (held.length === 5) for (const answer of held.splice(0)) answer();
      return true;
    };
    const server = await startServer(21_000, inFives);
    await read({ ...account, baseUrl: server.baseUrl });
    expect(server.requests[0]).toMatchObject({ page: 0, sessionId: null, inFlight: 1 });
    expect(server.requests.slice(1).every((request) => request.sessionId === "session-1")).toBe(true);
    expect(Math.max(...server.requests.map((request) => request.inFlight))).toBe(5);
  });

  test("keep every other page when one fails for good", async () => {
    const server = await startServer(4500, onPage(2, status(503)));
    const chunks: Uint8Array[] = [];
    const sink = ndjsonSink(new WritableStream({ write: (chunk) => void chunks.push(chunk) }));
    const pages: PageProgress[] = [];
    const result = await exportProfiles({
      ...account,
      baseUrl: server.baseUrl,
      maxRetries: 1,
      sink,
      onPage: (page) => pages.push(page),
    });
    expect(Buffer.concat(chunks).toString()).toBe(profileLines(0, 2000) + profileLines(3000, 4500));
    expect(result.toJSON()).toMatchObject({
      total_rows: 3500,
      successful_pages: 4,
      failed_pages: 1,
      failed_page_indices: [2],
      reported_total: 4500,
      missing: 1000,
      complete: false,
    });
    expect(pages.map(({ pageIndex, success, rows }) => [pageIndex, success, rows])).toEqual([
      [0, true, 1000],
      [1, true, 1000],
      [2, false, 0],
      [3, true, 1000],
      [4, true, 500],
    ]);
    expect(server.requests.filter((request) => request.page === 2)).toHaveLength(2);
  });

  test("pass through a transform of one's own", async () => {
    const { baseUrl } = await startServer(3);
    const lines = profilePages({ ...account, baseUrl })
      .pipeThrough(normalizeProfiles())
      .pipeThrough(
        new TransformStream({
          transform(page, controller) {
            if (page.status === "failed") return controller.enqueue(page);
            const rows = page.rows.filter((row) => row.distinctId !== "id-1");
            controller.enqueue({
              ...page,
              rows: rows.map(({ distinctId, lastSeen, properties }) =>
                profileRow({ distinctId, lastSeen, properties: { n: properties.n } }),
              ),
            });
          },
        }),
      )
      .pipeThrough(ndjson());
    expect(await new Response(lines).text()).toBe(
      '{"distinct_id":"id-0","last_seen":"2026-01-02T03:04:05","properties":{"n":0}}\n' +
        '{"distinct_id":"id-2","last_seen":"2026-01-02T03:04:05","properties":{"n":2}}\n',
    );
  });
});

describe("faults of a real connection", () => {
  const faults: Record<string, Answer> = {
    "a reset before the headers": (_, response) => {
      response.socket?.resetAndDestroy();
      return true;
    },
    "a reset in the middle of the body": ({ page }, response) => {
      const text = pageText(page, 3500);
      response.setHeader("content-length", Buffer.byteLength(text));
      response.write(text.slice(0, 5000), () => response.socket?.resetAndDestroy());
      return true;
    },
    "a body that ends too early": ({ page }, response) => {
      response.end(pageText(page, 3500).slice(0, -500));
      return true;
    },
    "a body that ends too early for its length": ({ page }, response) => {
      const text = pageText(page, 3500);
      response.writeHead(200, { "content-length": Buffer.byteLength(text) });
      response.write(text.slice(0, 5000), () => response.socket?.end());
      return true;
    },
    "a 502 without a body": status(502),
    "a 503 in plain text": status(503, { "content-type": "text/plain" }, "upstream"),
    "a 400 that is a timeout": status(400, {}, '{"error":"Timeout Error."}'),
    "a 429 to be tried again at once": status(429, { "retry-after": "0" }),
    "an HTML page with status 200": status(200, { "content-type": "text/html" }, "<html><body>Sorry</body></html>"),
    "a 200 that says error": status(200, {}, '{"status":"error","error":"no luck"}'),
    "bytes that are not UTF-8": ({ page }, response) => {
      response.end(Buffer.from(pageText(page, 3500)).fill(0xff, 900, 901));
      return true;
    },
  };

  for (const [name, fault] of Object.entries(faults)) {
    for (const faulty of [0, 2, 3]) {
      test(`${name} on page ${faulty} costs one repeat and no profile`, async () => {
        const server = await startServer(
          3500,
          onPage(faulty, (request, response, nth) => nth === 1 && fault(request, response, nth)),
        );
        expect(await read({ ...account, baseUrl: server.baseUrl })).toBe(profileLines(0, 3500));
        const pages = server.requests.map((request) => request.page).sort();
        expect(pages).toEqual([0, 1, 2, 3, faulty].sort());
      });
    }
  }

  for (const [code, expected] of [
    [401, "unauthorized"],
    [402, "plan"],
    [403, "forbidden"],
    [404, "not-found"],
    [400, "bad-request"],
    [302, "bad-request"],
  ] as const) {
    test(`${code} on page 3 ends everything at once`, async () => {
      const late: Answer = (request, response, nth) => {
        if (request.page === 3) return status(code, { location: "http://127.0.0.1:9/" })(request, response, nth);
        return request.page !== 0;
      };
      const server = await startServer(9000, late);
      const outcome = await read({ ...account, baseUrl: server.baseUrl }).catch((error) => error);
      expect(outcome).toMatchObject({ name: "EngageError", code: expected, status: code, pageIndex: 3 });
      await server.idle();
      expect(server.requests.filter((request) => request.page === 3)).toHaveLength(1);
    });
  }
});

test("five workers that hit a rate limit send one probe when it is over, and then go on", async () => {
  const refused: (() => void)[] = [];
  let refusedAt = 0;
  let probedAt = 0;
  const server = await startServer(12_000, ({ page, inFlight }, response) => {
    if (page === 0) return false;
    if (refusedAt === 0) {
      refused.push(() => response.writeHead(429, { "retry-after": "0.3" }).end());
      if (refused.length < 5) return true;
      for (const refuse of refused) refuse();
      refusedAt = performance.now();
      return true;
    }
    if (probedAt > 0) return false;
    probedAt = performance.now();
    expect(inFlight).toBe(1);
    // The other four would be here by now, had they not waited for this one.
    setTimeout(() => response.end(pageText(page, 12_000)), 50);
    return true;
  });
  expect(await read({ ...account, baseUrl: server.baseUrl })).toBe(profileLines(0, 12_000));
  expect(probedAt - refusedAt).toBeGreaterThanOrEqual(295);
  expect(server.requests).toHaveLength(12 + 5);
  expect(server.requests[7]?.inFlight).toBe(1);
});

test("a 401 whose body never ends still ends everything", async () => {
  // The source waits three seconds for the body of a refusal.
  const wait = globalThis.setTimeout;
  vi.spyOn(globalThis, "setTimeout").mockImplementation((work, delay, ...args) =>
    wait(work, delay === 3_000 ? 30 : delay, ...args),
  );
  const server = await startServer(10, (_, response) => {
    response.writeHead(401).write("no");
    return true;
  });
  await expect(read({ ...account, baseUrl: server.baseUrl })).rejects.toMatchObject({ code: "unauthorized" });
  expect(server.requests).toHaveLength(1);
});

test("a page of millions of empty profiles is a bad response", async () => {
  const server = await startServer(1, (_, response) => {
    response.end(
      `{"status":"ok","total":2000000,"page_size":2000000,"session_id":"s","results":[${"{},".repeat(1_999_999)}{}]}`,
    );
    return true;
  });
  await expect(read({ ...account, baseUrl: server.baseUrl, maxRetries: 0 })).rejects.toMatchObject({
    code: "bad-response",
    message: expect.stringContaining("at most 1000000 profiles"),
  });
});

describe("whoever ends first", () => {
  test("a source that fails rejects the pipe, aborts the sink and leaves nothing in flight", async () => {
    const server = await startServer(9000, (request, response, nth) => {
      if (request.page === 2) return status(401)(request, response, nth);
      return request.page > 2;
    });
    const reasons: unknown[] = [];
    const sink = new WritableStream({ abort: (reason) => void reasons.push(reason) });
    const outcome = exportProfiles({ ...account, baseUrl: server.baseUrl, sink });
    await expect(outcome).rejects.toMatchObject({ code: "unauthorized" });
    expect(isEngageError(reasons[0], "unauthorized")).toBe(true);
    await server.idle();
  });

  test("a transform that fails rejects the pipe and leaves nothing in flight", async () => {
    const server = await startServer(9000, (request) => request.page > 2);
    const broken = new TransformStream({
      transform() {
        throw new Error("broken transform");
      },
    });
    const pipe = profilePages({ ...account, baseUrl: server.baseUrl })
      .pipeThrough(normalizeProfiles())
      .pipeThrough(broken)
      .pipeTo(new WritableStream());
    await expect(pipe).rejects.toThrow("broken transform");
    await server.idle();
  });

  test("a sink that fails rejects the pipe and leaves nothing in flight", async () => {
    const server = await startServer(9000, (request) => request.page > 2);
    const sink = new WritableStream({
      write() {
        throw new Error("broken sink");
      },
    });
    await expect(exportProfiles({ ...account, baseUrl: server.baseUrl, sink })).rejects.toThrow("broken sink");
    await server.idle();
  });

  test("a full disk rejects the pipe with the disk's own words", async () => {
    const server = await startServer(9000, (request) => request.page > 2);
    const sink = ndjsonSink(Writable.toWeb(createWriteStream("/dev/full")) as WritableStream<Uint8Array<ArrayBuffer>>);
    await expect(exportProfiles({ ...account, baseUrl: server.baseUrl, sink })).rejects.toThrow("ENOSPC");
    await expect(sink.result).rejects.toThrow("ENOSPC");
    await server.idle();
  });

  test("a reader who leaves ends every request", async () => {
    const server = await startServer(9000, (request) => request.page > 1);
    const reader = profilePages({ ...account, baseUrl: server.baseUrl }).getReader();
    await reader.read();
    await reader.read();
    await reader.cancel("enough");
    await server.idle();
    expect(server.requests.length).toBeLessThanOrEqual(7);
  });

  for (const page of [0, 1, 4]) {
    test(`a signal that fires while page ${page} is under way rejects with its reason and ends every request`, async () => {
      const abort = new AbortController();
      const server = await startServer(9000, (request, response, nth) => {
        if (request.page === page) setImmediate(() => abort.abort(new Error("changed my mind")));
        return request.page >= page && never(request, response, nth);
      });
      const pipe = read({ ...account, baseUrl: server.baseUrl, signal: abort.signal });
      await expect(pipe).rejects.toThrow("changed my mind");
      await server.idle();
    });
  }

  test("a signal that fires in the middle of a body ends it", async () => {
    const abort = new AbortController();
    const server = await startServer(
      3500,
      onPage(1, (_, response) => {
        response.write('{"results":[', () => setImmediate(() => abort.abort(new Error("changed my mind"))));
        return true;
      }),
    );
    await expect(read({ ...account, baseUrl: server.baseUrl, signal: abort.signal })).rejects.toThrow(
      "changed my mind",
    );
    await server.idle();
  });

  test("a signal that has fired before requests nothing", async () => {
    const server = await startServer(10);
    const signal = AbortSignal.abort(new Error("too late"));
    await expect(read({ ...account, baseUrl: server.baseUrl, signal })).rejects.toThrow("too late");
    expect(server.requests).toEqual([]);
  });
});

describe("a file", () => {
  test("holds what the server sent, gzip or not", async () => {
    const directory = await mkdtemp(join(tmpdir(), "engage-export-"));
    try {
      const { baseUrl } = await startServer(1200);
      const file = join(directory, "profiles.ndjson");
      await profilePages({ ...account, baseUrl })
        .pipeThrough(normalizeProfiles())
        .pipeTo(ndjsonSink(Writable.toWeb(createWriteStream(file)) as WritableStream<Uint8Array<ArrayBuffer>>));
      expect(await readFile(file, "utf8")).toBe(profileLines(0, 1200));
      const zipped = profilePages({ ...account, baseUrl })
        .pipeThrough(normalizeProfiles())
        .pipeThrough(ndjson())
        .pipeThrough(new CompressionStream("gzip"))
        .pipeThrough(new DecompressionStream("gzip"));
      expect(await new Response(zipped).text()).toBe(profileLines(0, 1200));
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
