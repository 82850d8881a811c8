import { getEventListeners } from "node:events";
import { inspect } from "node:util";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { EngageWarning } from "../../src/engage-warning.ts";
import type { Checkpoint } from "../../src/export/checkpoint.ts";
import type { EngageProfile } from "../../src/page/engage-profile.ts";
import type { PageResult } from "../../src/page/page-result.ts";
import { type ProfilePagesOptions, profilePages } from "../../src/source/profile-pages.ts";
import { errorOf } from "../helpers/error-of.ts";
import {
  ACCOUNT,
  type Answer,
  fakeEngage,
  hangs,
  onPage,
  PROJECT,
  pageResponse,
  profile,
  serves,
} from "../helpers/fake-engage.ts";
import { elapse, fakeTime, inFakeTime, NOW, settled } from "../helpers/fake-time.ts";

fakeTime();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(1);
});

type Page = PageResult<EngageProfile>;

function streamOf(answers: readonly Answer[], options: Partial<ProfilePagesOptions> = {}) {
  const engage = fakeEngage(...answers);
  const warnings: EngageWarning[] = [];
  const onWarning = (warning: EngageWarning) => warnings.push(warning);
  const stream = profilePages({ ...PROJECT, fetch: engage.fetch, onWarning, ...options } as ProfilePagesOptions);
  return { engage, stream, warnings };
}

async function all(stream: ReadableStream<Page>): Promise<Page[]> {
  const pages: Page[] = [];
  const reader = stream.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) pages.push(next.value);
  return pages;
}

/** Reads to the end. */
async function read(answers: readonly Answer[], options?: Partial<ProfilePagesOptions>) {
  const { engage, stream, warnings } = streamOf(answers, options);
  const pages = await inFakeTime(all(stream));
  const ids = pages.flatMap((page) =>
    page.status === "loaded" ? page.rows.map(({ $distinct_id }) => $distinct_id) : [],
  );
  return { engage, pages, ids, warnings };
}

function refuse(status: number, body = "", headers: Readonly<Record<string, string>> = {}): () => Response {
  return () => new Response(body, { status, headers });
}

describe("what is asked for", () => {
  it("arrives on every page, unchanged", async () => {
    const options = {
      region: "in",
      workspaceId: 8,
      where: 'properties["a"] == "x+y&z=ü"',
      outputProperties: ["$email", "plan"],
      distinctIds: ["b", "a", "b"],
      groupId: "-1405123841946871899",
      behaviors: [{ window: "90d", name: "n", event_selectors: [{ event: "e" }] }],
      pageSize: 2,
    } as const;
    const { engage } = await read([serves(3)], options);
    expect(engage.calls.map(({ url }) => url.href)).toEqual(
      Array(2).fill("https://in.mixpanel.com/api/query/engage?project_id=1234567&workspace_id=8"),
    );
    const query = {
      where: options.where,
      output_properties: '["$email","plan"]',
      distinct_ids: '["b","a"]',
      data_group_id: "-1405123841946871899",
      behaviors: JSON.stringify(options.behaviors),
      as_of_timestamp: String(Math.floor(NOW / 1000)),
      page_size: "2",
    };
    expect(engage.calls.map(({ form }) => Object.fromEntries(form))).toEqual([
      { ...query, page: "0" },
      { ...query, page: "1", session_id: "session-1" },
    ]);
  });

  it("is fixed when the stream is made, however late a page is read", async () => {
    const { engage, stream } = streamOf([serves(4)], { behaviors: [{}] });
    const reader = stream.getReader();
    await reader.read();
    await elapse(60_000);
    await reader.read();
    const times = engage.calls.map(({ form }) => form.get("as_of_timestamp"));
    expect(times).toEqual(Array(2).fill(String(Math.floor(NOW / 1000))));
  });

  it.each([
    ["a cohort", { cohortId: "12345" }, { filter_by_cohort: '{"id":12345}', include_all_users: "false" }],
    ["no cohort", {}, {}],
    ["a time of 0", { behaviors: '[{"a":1}]', asOfTimestamp: 0 }, { behaviors: '[{"a":1}]', as_of_timestamp: "0" }],
    ["an id that is 0", { distinctId: 0 }, { distinct_id: "0" }],
  ])("holds nothing else: %s", async (_, options, form) => {
    const { engage } = await read([serves(1)], options);
    expect(Object.fromEntries(engage.calls[0]?.form ?? [])).toEqual({ ...form, page: "0" });
  });

  it.each([
    [1000, 1],
    [1001, 2],
    [9999, 5],
  ])("is limited: %i profiles of 5,000 take %i requests", async (limit, requests) => {
    const { engage, ids } = await read([serves(5000, 1000)], { limit });
    expect(ids).toHaveLength(Math.min(limit, 5000));
    expect(engage.calls).toHaveLength(requests);
    expect(engage.calls.every(({ form }) => !form.has("limit"))).toBe(true);
  });

  it("of nobody in particular requests nothing", async () => {
    const { engage, pages } = await read([serves(5)], { distinctIds: [] });
    expect(pages).toMatchObject([{ pageIndex: 0, attempts: 0, rows: [], session: { total: 0, totalPages: 1 } }]);
    expect(engage.calls).toEqual([]);
  });
});

describe("options that cannot be sent", () => {
  it.each<[string, object]>([
    ["no secret", { serviceAccount: { username: "u", secret: "" } }],
    ["an unknown region", { region: "uk" }],
    ["a project that is none", { projectId: "abc" }],
    ["a plain address", { baseUrl: "http://mixpanel.com" }],
    ["a cohort that is none", { cohortId: "abc" }],
    ["no concurrency", { concurrency: 0 }],
    ["repeats below none", { maxRetries: -1 }],
    ["no time", { timeout: 0 }],
  ])("are refused when the stream is made: %s", (_, options) => {
    const fetch = vi.fn();
    expect(errorOf(() => profilePages({ ...PROJECT, fetch, ...options } as ProfilePagesOptions)).code).toBe("usage");
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe("backpressure", () => {
  it.each([
    [5, [1, 12, 13, 14, 15]],
    [2, [1, 6, 7, 8, 9]],
    [1, [1, 4, 5, 6, 7]],
  ])("keeps requests at most twice %i pages ahead of the reads", async (concurrency, expected) => {
    const { engage, stream } = streamOf([serves(200)], { concurrency });
    const reader = stream.getReader();
    const requested: number[] = [];
    for (let index = 0; index < 5; index++) {
      await reader.read();
      await elapse(3_600_000);
      requested.push(engage.calls.length);
    }
    expect(requested).toEqual(expected);
    expect(engage.pages).toEqual(Array.from({ length: engage.calls.length }, (_, page) => page));
  });

  it("means that nothing is requested before the first read", async () => {
    const { engage, stream } = streamOf([serves(5)]);
    await elapse(3_600_000);
    expect(engage.calls).toHaveLength(0);
    await stream.cancel();
    expect(engage.calls).toHaveLength(0);
  });

  it("holds for a pipe that does not move", async () => {
    const { engage, stream } = streamOf([serves(200)]);
    const written: number[] = [];
    const write = ({ pageIndex }: Page): Promise<void> => {
      written.push(pageIndex);
      return new Promise(() => {});
    };
    void stream.pipeTo(new WritableStream({ write }));
    await elapse(3_600_000);
    expect([written, engage.calls.length]).toEqual([[0], 1]);
  });

  it("never lets more than the concurrency run, nor anything beside page 0", async () => {
    const slow: Answer = (call) =>
      new Promise((resolve) => setTimeout(() => resolve(serves(60)(call) as Response), 1000 - call.page * 10));
    for (const concurrency of [1, 3, 5, 20]) {
      const { engage, warnings } = await read([slow], { concurrency });
      expect(engage.peakInFlight).toBe(Math.min(5, concurrency));
      expect(warnings.map(({ code }) => code)).toEqual(concurrency > 5 ? ["concurrency-capped"] : []);
    }
    const { engage, stream } = streamOf([slow]);
    void stream.getReader().read();
    await elapse(999);
    expect(engage.calls).toHaveLength(1);
  });
});

describe("cancel", () => {
  it("ends every request in flight and asks for nothing more", async () => {
    const { engage, stream } = streamOf([onPage(0, serves(50)), hangs]);
    const reader = stream.getReader();
    await reader.read();
    const pending = reader.read();
    await settled();
    expect(engage.inFlight).toBe(5);
    await reader.cancel(new Error("enough"));
    await settled();
    expect(engage.inFlight).toBe(0);
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(vi.getTimerCount()).toBe(0);
    expect(engage.calls).toHaveLength(6);
  });

  it("works before page 0 has come, between reads, and after the end", async () => {
    const early = streamOf([hangs]);
    const reader = early.stream.getReader();
    void reader.read();
    await settled();
    await reader.cancel();
    await settled();
    expect([early.engage.inFlight, vi.getTimerCount()]).toEqual([0, 0]);

    const between = streamOf([serves(50)]);
    const other = between.stream.getReader();
    for (let index = 0; index < 3; index++) await other.read();
    await other.cancel();
    await settled();
    expect([between.engage.inFlight, vi.getTimerCount()]).toEqual([0, 0]);

    const { stream } = streamOf([serves(1)]);
    const last = stream.getReader();
    await last.read();
    await last.read();
    await last.cancel();
  });

  it("ends the waits for repeats and rate limits", async () => {
    for (const answer of [refuse(503), refuse(429, "", { "Retry-After": "60" })]) {
      const { engage, stream } = streamOf([answer]);
      const reader = stream.getReader();
      void reader.read();
      await elapse(50);
      await reader.cancel();
      expect(vi.getTimerCount()).toBe(0);
      expect(engage.calls).toHaveLength(1);
    }
  });

  it("happens where a pipe's other end fails", async () => {
    const { engage, stream } = streamOf([onPage(0, serves(50)), hangs]);
    const broken = new Error("disk full");
    const written = stream.pipeTo(
      new WritableStream({
        async write() {
          await settled();
          throw broken;
        },
      }),
    );
    await expect(written).rejects.toBe(broken);
    await settled();
    expect([engage.inFlight, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe("a signal", () => {
  const reason = new Error("enough");

  it("rejects the read with its reason and ends every request in flight", async () => {
    const controller = new AbortController();
    const { engage, stream } = streamOf([onPage(0, serves(50)), hangs], {
      signal: controller.signal,
    });
    const reader = stream.getReader();
    await reader.read();
    const pending = reader.read().catch((error: unknown) => error);
    await settled();
    controller.abort(reason);
    expect(await pending).toBe(reason);
    await settled();
    expect([engage.inFlight, vi.getTimerCount()]).toEqual([0, 0]);
    await expect(reader.read()).rejects.toBe(reason);
  });

  it.each([0, 1, 2, 3])("that fires between reads rejects the next one, loaded or not: after %i", async (reads) => {
    const controller = new AbortController();
    const { stream } = streamOf([serves(50)], { signal: controller.signal });
    const reader = stream.getReader();
    for (let index = 0; index < reads; index++) await reader.read();
    await settled();
    controller.abort(reason);
    await expect(reader.read()).rejects.toBe(reason);
  });

  it("that has fired before requests nothing", async () => {
    const { engage, stream } = streamOf([serves(5)], { signal: AbortSignal.abort(reason) });
    await expect(all(stream)).rejects.toBe(reason);
    expect(engage.calls).toHaveLength(0);
  });

  it("rejects a whole pipe with its reason", async () => {
    const controller = new AbortController();
    const { stream } = streamOf([hangs], { signal: controller.signal });
    const piped = stream.pipeTo(new WritableStream()).catch((error: unknown) => error);
    await settled();
    controller.abort(reason);
    expect(await piped).toBe(reason);
  });

  it("that fires after the end changes nothing", async () => {
    const controller = new AbortController();
    const { pages } = await read([serves(3)], { signal: controller.signal });
    controller.abort(reason);
    expect(pages).toHaveLength(2);
  });

  it.each<[string, Answer, (stream: ReadableStream<Page>) => Promise<unknown>]>([
    ["the end", serves(5), all],
    ["a failure", refuse(401), (stream) => all(stream).catch(() => {})],
    ["a cancel", serves(5), (stream) => stream.cancel()],
  ])("is not listened to after %s", async (_, answer, finish) => {
    const { signal } = new AbortController();
    const { stream } = streamOf([answer], { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await inFakeTime(finish(stream));
    await settled();
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});

describe("a stream that fails", () => {
  it("gives the pages that came before, and asks for nothing more", async () => {
    const { engage, stream } = streamOf([onPage(2, refuse(401)), serves(50)], { concurrency: 1 });
    const reader = stream.getReader();
    await reader.read();
    const error = await errorOf(async () => {
      for (;;) await reader.read();
    });
    expect(error).toMatchObject({ code: "unauthorized", status: 401, pageIndex: 2 });
    const { length } = engage.calls;
    await elapse(3_600_000);
    expect(engage.calls).toHaveLength(length);
  });

  it("leaves no rejection behind that nobody handles", async () => {
    const { stream } = streamOf([onPage(3, refuse(401)), onPage(4, refuse(403)), serves(50)]);
    await expect(inFakeTime(all(stream))).rejects.toMatchObject({ code: "unauthorized" });
    await settled();
  });

  it("refuses a redirect at once", async () => {
    const { engage, stream } = streamOf([refuse(302, "", { location: "https://elsewhere.example/" })]);
    expect(await errorOf(() => all(stream))).toMatchObject({ code: "bad-request", status: 302 });
    expect(engage.calls).toHaveLength(1);
  });

  it("after a rate limit that lasts says when the next slot is", async () => {
    const { stream, warnings } = streamOf([refuse(429, "", { RateLimit: '"project";r=0;t=3600' })]);
    const error = await errorOf(() => inFakeTime(all(stream)));
    expect(error).toMatchObject({ code: "rate-limited", retryAfter: 3_600_000 });
    expect(warnings).toMatchObject([{ code: "waiting", until: NOW + 3_600_000 }]);
  });
});

describe("time", () => {
  it("for an attempt runs out, and the page is asked for again", async () => {
    const { engage, pages } = await read([onPage(1, hangs, 1), serves(4)], { timeout: 5000 });
    expect(pages.map(({ attempts }) => attempts)).toEqual([1, 2]);
    expect(Date.now() - NOW).toBe(5200);
    expect(engage.calls[1]?.signal.aborted).toBe(true);
  });

  it("without a byte runs out after 60 s, long before that for an attempt", async () => {
    const stalls = () =>
      new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([0x7b])) }));
    const { pages } = await read([onPage(1, stalls), serves(4)], { maxRetries: 1 });
    expect(pages[1]).toMatchObject({ status: "failed", attempts: 2, error: { code: "timeout" } });
    expect(Date.now() - NOW).toBe(2 * 60_000 + 200);
  });
});

describe("a checkpoint", () => {
  const checkpoint = async (options: Partial<ProfilePagesOptions> = {}): Promise<Checkpoint> => {
    const { pages } = await read([serves(12)], options);
    const [first] = pages;
    if (first === undefined) throw new Error("There is no page");
    return JSON.parse(JSON.stringify({ session: first.session, nextPage: 4, failedPages: [1] }));
  };

  it("survives JSON, and goes on where it stopped", async () => {
    const resume = await checkpoint();
    const { engage, pages, ids } = await read([serves(12)], { resume });
    expect(pages.map(({ pageIndex }) => pageIndex)).toEqual([1, 4, 5]);
    expect(ids).toEqual(["id-2", "id-3", "id-8", "id-9", "id-10", "id-11"]);
    expect(engage.calls.map(({ sessionId }) => sessionId)).toEqual(Array(3).fill("session-1"));
  });

  it("without a total survives JSON too", async () => {
    const silent: Answer = ({ page }) =>
      pageResponse(page < 5 ? [profile(page)] : [], { total: undefined, page_size: 1 });
    const { pages } = await read([silent]);
    const resume = JSON.parse(JSON.stringify({ session: pages[0]?.session, nextPage: 3, failedPages: [] }));
    expect((await read([silent], { resume })).ids).toEqual(["id-3", "id-4"]);
  });

  it("keeps the time of its behaviors", async () => {
    const behaviors = [{ name: "b" }];
    const resume = await checkpoint({ behaviors });
    await elapse(10_000_000);
    const { engage } = await read([serves(12)], { resume, behaviors });
    expect(engage.calls[0]?.form.get("as_of_timestamp")).toBe(String(Math.floor(NOW / 1000)));
  });

  it.each<Partial<ProfilePagesOptions>>([
    { where: "true" },
    { region: "eu" },
    { projectId: 7 },
    { limit: 3 },
    { pageSize: 3 },
    { behaviors: [{}] },
    { asOfTimestamp: 1 },
  ])("of another query is refused, and nothing requested: %j", async (options) => {
    const resume = await checkpoint();
    const error = errorOf(() => streamOf([serves(12)], { ...options, resume } as Partial<ProfilePagesOptions>));
    expect(error.code).toBe("checkpoint-mismatch");
    expect(error.message).toContain('{"host":"https://mixpanel.com","projectId":"1234567"}');
  });
});

describe("credentials", () => {
  const header = btoa(`${ACCOUNT.username}:${ACCOUNT.secret}`);
  const echo: Answer = ({ headers, url, body }) =>
    new Response(JSON.stringify({ error: [headers.get("authorization"), url.href, body, ACCOUNT] }), { status: 401 });
  const echoAs =
    (status: number): Answer =>
    (call) =>
      new Response(`${call.headers.get("authorization")} ${ACCOUNT.secret} ${ACCOUNT.username}`, { status });

  it.each<[string, Answer, Partial<ProfilePagesOptions>?]>([
    ["an echo", echo],
    ...[200, 302, 400, 401, 402, 403, 404, 429, 500, 503].map((status): [string, Answer] => [
      `${status}`,
      echoAs(status),
    ]),
    ["a session that is gone", refuse(400, `uncached query ${ACCOUNT.secret}`)],
    ["an error in a 200", () => new Response(JSON.stringify({ status: ACCOUNT.secret, error: header }))],
    ["a network that tells", ({ headers }) => Promise.reject(new TypeError(`no ${headers.get("authorization")}`))],
    [
      "a fetch that keeps its request",
      (call) => Promise.reject(Object.assign(new Error("no"), { call, headers: call.headers })),
    ],
    ["a timeout", hangs, { timeout: 10 }],
    [
      "another query",
      serves(1),
      {
        resume: {
          session: { sessionId: "s", total: 1, pageSize: 1, totalPages: 1, query: { host: "h", projectId: "1" } },
          nextPage: 0,
          failedPages: [],
        },
      },
    ],
    [
      "an address with a password",
      serves(1),
      { baseUrl: `https://${ACCOUNT.username}:${encodeURIComponent(ACCOUNT.secret)}@h` },
    ],
  ])("are in no error, however it is looked at: %s", async (_, answer, options = {}) => {
    const error = await errorOf(async () => {
      const { stream } = streamOf([answer], { maxRetries: 0, maxWait: 1, ...options });
      await inFakeTime(all(stream));
    });
    const shown = [
      error.message,
      String(error.stack),
      JSON.stringify(error),
      JSON.stringify(Object.getOwnPropertyDescriptors(error)),
      inspect(error, { depth: 20, showHidden: true, getters: true }),
    ].join("\n");
    for (const hidden of [
      ACCOUNT.secret,
      ACCOUNT.username,
      encodeURIComponent(ACCOUNT.secret),
      header,
      btoa(ACCOUNT.secret),
    ]) {
      expect(shown).not.toContain(hidden);
    }
  });

  it("are in no page that failed, no session and no warning", async () => {
    const { pages, warnings } = await read([onPage(1, echoAs(500)), onPage(2, echoAs(429), 3), serves(140)], {
      concurrency: 9,
    });
    expect(warnings.length).toBeGreaterThan(1);
    const shown = inspect([pages, warnings], { depth: 20, showHidden: true });
    for (const hidden of [ACCOUNT.secret, ACCOUNT.username, header]) expect(shown).not.toContain(hidden);
  });
});
