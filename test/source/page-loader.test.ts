import { beforeEach, describe, expect, it, vi } from "vitest";
import { clock } from "../../src/clock.ts";
import type { EngageErrorCode } from "../../src/engage-error.ts";
import type { ExportSession } from "../../src/page/page-result.ts";
import { SLICES } from "../../src/page/page-slices.ts";
import { RequestGate } from "../../src/source/pace/request-gate.ts";
import { type Load, PageLoader } from "../../src/source/page-loader.ts";
import { engageRequest } from "../../src/source/query/engage-request.ts";
import { authorization } from "../../src/source/request/authorization.ts";
import { EngageClient } from "../../src/source/request/engage-client.ts";
import { errorOf } from "../helpers/error-of.ts";
import { type Answer, fakeEngage, onPage, PROJECT, pageResponse, profile, serves } from "../helpers/fake-engage.ts";
import { elapse, fakeTime, inFakeTime, NOW } from "../helpers/fake-time.ts";

fakeTime();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(1);
});

const HOUR = 3_600_000;
const request = engageRequest(PROJECT);

/** Ten profiles, four a page. */
const session: ExportSession = { sessionId: "s-1", total: 10, pageSize: 4, totalPages: 3, query: request.query };

function loaderOf(answers: readonly Answer[] = [], { maxRetries = 5, maxWait = HOUR } = {}) {
  const engage = fakeEngage(...answers, serves(10, 4));
  const client = new EngageClient({
    request,
    auth: authorization(PROJECT),
    timeout: 500_000,
    maxPageBytes: 2 ** 30,
    fetch: engage.fetch,
  });
  const gate = new RequestGate({ concurrency: 5, maxWait, onWait: () => {}, warn: () => {} });
  const onWait = vi.fn();
  const loader = new PageLoader({ client, gate, query: request.query, maxRetries, maxWait, onWait });
  const onRepeat = vi.fn();
  const { signal } = new AbortController();
  return {
    engage,
    loader,
    onRepeat,
    onWait,
    first: () => inFakeTime(loader.load(0, undefined, signal, onRepeat)),
    load: (page: number) => inFakeTime(loader.load(page, session, signal, onRepeat)),
  };
}

/** Answers the requests for page 1 one after the other, the last one for ever. */
function inTurn(...responses: (() => Response | Promise<Response>)[]): Answer {
  return onPage(1, ({ nth }) => (responses[nth - 1] ?? responses.at(-1) ?? refuse(500))());
}

/** A page of so many profiles. */
function page(profiles: number, head?: Readonly<Record<string, unknown>>): () => Response {
  const texts = Array.from({ length: profiles }, (_, index) => profile(index));
  return () => pageResponse(texts, { total: 10, page_size: 4, ...head });
}

function refuse(status: number, headers: Readonly<Record<string, string>> = {}, body = ""): () => Response {
  return () => new Response(body, { status, headers });
}

/** How many profiles were loaded. */
function sizeOf(load: Load): number {
  if ("error" in load) throw load.error;
  return load.page.profiles.length;
}

describe("a page", () => {
  it("that is whole takes one request", async () => {
    const { engage, load, onRepeat } = loaderOf();
    expect(await load(1)).toMatchObject({ attempts: 1, session });
    expect(engage.calls).toMatchObject([{ page: 1, sessionId: "s-1" }]);
    expect(onRepeat).not.toHaveBeenCalled();
  });

  it("0 makes the session", async () => {
    const { engage, first } = loaderOf([onPage(0, page(4, { session_id: "new", total: 7 }))]);
    expect(await first()).toMatchObject({ session: { sessionId: "new", total: 7, pageSize: 4, totalPages: 2 } });
    expect(engage.calls).toMatchObject([{ page: 0, sessionId: null }]);
  });

  it("after 0 changes nothing of the session, whatever it says", async () => {
    const { load } = loaderOf([onPage(1, page(4, { session_id: "other", total: 99, page_size: 1 }))]);
    expect(await load(1)).toMatchObject({ attempts: 1, session });
  });

  it("gives its place to the next one, whatever came of it", async () => {
    for (const responses of [[page(4)], [page(3)], [refuse(500)], [refuse(429, { "Retry-After": "1" }), page(4)]]) {
      const { load } = loaderOf([onPage(1, ({ nth }) => (responses[(nth - 1) % responses.length] ?? refuse(500))())]);
      for (let turn = 0; turn < 12; turn++) await load(1);
    }
  });

  it("may hold more than is due, and less where that is the end", async () => {
    const { load } = loaderOf([onPage(1, page(6))]);
    expect(sizeOf(await load(1))).toBe(6);
    expect(sizeOf(await load(2))).toBe(2);
  });
});

describe("a page that is empty though profiles are due", () => {
  it("is taken as soon as it is whole", async () => {
    const { load } = loaderOf([inTurn(page(0), page(0), page(4))]);
    expect(await load(1)).toMatchObject({ attempts: 3 });
  });

  it("is given up when its repeats have run out, and says what is wrong", async () => {
    const { load, onRepeat } = loaderOf([onPage(1, page(0))]);
    const { attempts, ...given } = await load(1);
    expect(attempts).toBe(6);
    expect(given).toMatchObject({
      error: {
        code: "bad-response",
        pageIndex: 1,
        message:
          "Mixpanel's answer is not the page that was asked for (page 1). It is empty, though 4 of 10 profiles are due",
      },
    });
    expect(onRepeat).toHaveBeenCalledTimes(5);
  });

  it("is asked for once where no repeat is wanted", async () => {
    const { load } = loaderOf([onPage(2, page(0))], { maxRetries: 0 });
    expect(await load(2)).toMatchObject({ attempts: 1, error: { code: "bad-response" } });
  });

  it("is no page 0 either", async () => {
    const { first } = loaderOf([onPage(0, page(0))]);
    expect(await first()).toMatchObject({ attempts: 6, error: { code: "bad-response", pageIndex: 0 } });
  });

  it("is as it should be where there is nothing", async () => {
    const { first } = loaderOf([onPage(0, page(0, { total: 0 }))]);
    expect(sizeOf(await first())).toBe(0);
  });
});

describe("a page that says that it is another one", () => {
  it("is asked for again, and given up when its repeats have run out", async () => {
    const passing = loaderOf([onPage(1, page(4, { page: 2 }), 2)]);
    expect(await passing.load(1)).toMatchObject({ attempts: 3, page: {} });
    const staying = loaderOf([onPage(1, page(4, { page: 2 }))]);
    expect(await staying.load(1)).toMatchObject({
      attempts: 6,
      error: {
        code: "bad-response",
        pageIndex: 1,
        message: "Mixpanel's answer is not the page that was asked for (page 1). It says that it is page 2",
      },
    });
  });

  it.each([-1, 1.5, 1e300, "2", "one", "", true, [2], {}])("is not taken, whatever it says: %j", async (said) => {
    const { load } = loaderOf([onPage(1, page(4, { page: said }))], { maxRetries: 0 });
    expect(await load(1)).toMatchObject({ error: { code: "bad-response" } });
  });

  it.each([1, "1", null, undefined])("is told from one that says so, or says nothing: %j", async (said) => {
    const { load } = loaderOf([onPage(1, page(4, { page: said }))]);
    expect(await load(1)).toMatchObject({ attempts: 1, page: {} });
  });

  it("is no page 0 either", async () => {
    const { first } = loaderOf([onPage(0, page(4, { page: 1 }))], { maxRetries: 1 });
    expect(await first()).toMatchObject({ attempts: 2, error: { code: "bad-response", pageIndex: 0 } });
  });

  it("shows no text of the server's", async () => {
    const { load } = loaderOf([onPage(1, page(4, { page: "\u001b[31mhush" }))], { maxRetries: 0 });
    const loaded = await load(1);
    expect("error" in loaded && loaded.error.message).toMatch(/It says that it is another page$/);
  });
});

describe("a page that is short", () => {
  it.each([
    ["is asked for once more, and kept", [page(3)], 2, 3],
    ["gives way to the whole one", [page(3), page(4)], 2, 4],
    ["gives way to a longer one", [page(2), page(3)], 2, 3],
    ["is kept where the next one is shorter", [page(3), page(2)], 2, 3],
    ["is kept where the next is empty for good", [page(3), page(0)], 7, 3],
    ["is kept where the next ones fail for good", [page(3), refuse(500)], 7, 3],
    ["is kept where one fails and the next is as short", [page(3), refuse(500), page(3)], 3, 3],
    ["gives way to a whole one after a failure", [page(3), refuse(500), page(4)], 3, 4],
    ["comes after a failure", [refuse(500), page(3)], 3, 3],
  ])("%s", async (_, responses, attempts, profiles) => {
    const { load } = loaderOf([inTurn(...responses)]);
    const loaded = await load(1);
    expect([loaded.attempts, sizeOf(loaded)]).toEqual([attempts, profiles]);
  });

  it("is kept at once where no repeat is wanted", async () => {
    const { load } = loaderOf([onPage(1, page(3))], { maxRetries: 0 });
    expect(await load(1)).toMatchObject({ attempts: 1, page: { profiles: { length: 3 } } });
  });

  it("is no reason to go on where everything is pointless", async () => {
    const { load } = loaderOf([inTurn(page(3), refuse(401))]);
    expect((await errorOf(() => load(1))).code).toBe("unauthorized");
  });

  it("keeps the ids of the one that was taken", async () => {
    const { load } = loaderOf([inTurn(page(3), page(1))]);
    const loaded = await load(1);
    expect("page" in loaded && loaded.page.profiles.text(2, SLICES.distinctId)).toBe('"id-2"');
  });
});

describe("a page with invalid profiles", () => {
  const valid = [0, 1, 2, 3].map(profile);
  const broken =
    (...places: readonly number[]) =>
    () =>
      pageResponse(
        valid.map((text, place) => (places.includes(place) ? '{"$properties":NaN}' : text)),
        { total: 10, page_size: 4 },
      );

  it.each([
    ["is asked for once more, and taken if it comes the same", [broken(1)], 2, [1]],
    ["gives way to one without damage", [broken(1), page(4)], 2, []],
    ["gives way to the whole one, also if that comes after a failure", [broken(1), refuse(503), page(4)], 3, []],
    ["is taken if the next one is short", [broken(1), page(2)], 2, [1]],
    ["gives way to a short one that holds more", [broken(0, 1, 2), page(3)], 2, []],
    ["is kept if the next ones fail for good", [broken(1), refuse(500)], 7, [1]],
    ["is asked for again as long as the damage is elsewhere each time", [broken(1), broken(2), page(4)], 3, []],
    ["is taken once the damage stays", [broken(0), broken(2), broken(2)], 3, [2]],
    [
      "is taken with the least damage once the repeats have run out",
      [0, 1, 2, 3, 0, 1, 2].map((at) => broken(at, 3)),
      7,
      [3],
    ],
  ])("%s", async (_, responses, attempts, places) => {
    const { load } = loaderOf([inTurn(...responses)]);
    const loaded = await load(1);
    if ("error" in loaded) throw loaded.error;
    expect(loaded.attempts).toBe(attempts);
    expect(loaded.page.invalid.map(({ profileIndex }) => profileIndex)).toEqual(places);
  });

  it("is not waited for: the repeat is no fault", async () => {
    const { load, onWait, onRepeat } = loaderOf([onPage(1, broken(1))]);
    expect(await load(1)).toMatchObject({ attempts: 2 });
    expect(Date.now()).toBe(NOW);
    expect([onWait.mock.calls, onRepeat.mock.calls.length]).toEqual([[], 1]);
  });

  it("is taken as it is if no repeat is wanted", async () => {
    const { load } = loaderOf([onPage(1, broken(1, 2))], { maxRetries: 0 });
    expect(await load(1)).toMatchObject({ attempts: 1, page: { profiles: { length: 2 }, invalid: [{}, {}] } });
  });

  it("is neither short nor empty for that", async () => {
    const { load } = loaderOf([onPage(1, broken(0, 1, 2, 3))]);
    expect(await load(1)).toMatchObject({ attempts: 2, page: { profiles: { length: 0 }, invalid: { length: 4 } } });
  });

  it("is whole if they are beyond the limit", async () => {
    const limited = { ...session, query: { ...session.query, limit: 6 } };
    const { loader } = loaderOf([onPage(1, broken(2, 3))]);
    const { signal } = new AbortController();
    expect(await inFakeTime(loader.load(1, limited, signal))).toMatchObject({ attempts: 1 });
  });

  it("that cannot be split is a bad response: asked for six times, then given up", async () => {
    const { load } = loaderOf([onPage(1, () => new Response('{"page":1,"results":[{"a":"NaN},{}]}'))]);
    expect(await load(1)).toMatchObject({ attempts: 6, error: { code: "bad-response" } });
  });
});

describe("a session that is missing", () => {
  it("though more pages are due is an error, not a guess", async () => {
    const { first } = loaderOf([onPage(0, page(4, { session_id: undefined }))]);
    const loaded = await first();
    expect(loaded).toMatchObject({ attempts: 6, error: { code: "bad-response" } });
    expect("error" in loaded && loaded.error.message).toContain("It names no session, though more pages are due");
  });

  it("is an error too where nobody knows whether more are due", async () => {
    const { first } = loaderOf([onPage(0, page(4, { session_id: "", total: undefined }))]);
    expect(await first()).toMatchObject({ error: { code: "bad-response" } });
  });

  it("is not missed where one page holds everything", async () => {
    const { first } = loaderOf([onPage(0, page(4, { session_id: undefined, total: 4 }))]);
    expect(await first()).toMatchObject({ attempts: 1, session: { sessionId: undefined } });
  });

  it("may come with a repeat", async () => {
    const { first } = loaderOf([onPage(0, page(4, { session_id: null }), 1)]);
    expect(await first()).toMatchObject({ attempts: 2, session: { sessionId: "session-1" } });
  });
});

describe("a failure", () => {
  it.each<[string, () => Response | Promise<Response>, EngageErrorCode]>([
    ["500", refuse(500), "server"],
    ["502 without a body", refuse(502), "server"],
    ["503 in plain text", refuse(503, {}, "try later"), "server"],
    ["a reset", () => Promise.reject(new TypeError("reset")), "network"],
    ["a body cut off", () => new Response('{"results":['), "bad-response"],
    ["HTML", () => new Response("<html>"), "bad-response"],
    ["an error", () => new Response('{"status":"error"}'), "bad-response"],
    ["Timeout Error.", refuse(400, {}, "Timeout Error."), "timeout"],
  ])(
    "that passes is forgotten, and one that stays gives the page up after six requests: %s",
    async (_, response, code) => {
      const passing = loaderOf([onPage(1, response, 5)]);
      expect(await passing.load(1)).toMatchObject({ attempts: 6, page: {} });
      const staying = loaderOf([onPage(1, response)]);
      expect(await staying.load(1)).toMatchObject({ attempts: 6, error: { code, pageIndex: 1 } });
      expect(staying.engage.calls).toHaveLength(6);
      const once = loaderOf([onPage(1, response)], { maxRetries: 0 });
      expect(await once.load(1)).toMatchObject({ attempts: 1, error: { code } });
    },
  );

  it.each<[number, string, EngageErrorCode]>([
    [400, "no such cohort", "bad-request"],
    [400, "request for page in uncached query for params", "session-expired"],
    [401, "", "unauthorized"],
    [402, "", "plan"],
    [403, "", "forbidden"],
    [404, "", "not-found"],
    [302, "", "bad-request"],
  ])("that stays is not repeated: %i %s", async (status, body, code) => {
    const { engage, load, onRepeat } = loaderOf([onPage(1, refuse(status, {}, body))]);
    expect(await errorOf(() => load(1))).toMatchObject({ code, status });
    expect(engage.calls).toHaveLength(1);
    expect(onRepeat).not.toHaveBeenCalled();
  });

  it("is repeated within 200 ms at first, then after longer and longer waits", async () => {
    const times: number[] = [];
    const { load } = loaderOf([
      onPage(1, () => {
        times.push(Date.now() - NOW);
        return refuse(500)();
      }),
    ]);
    await load(1);
    expect(times).toEqual([0, 200, 700, 1950, 5075, 12_888]);
  });

  it("is repeated when the server says", async () => {
    const { load } = loaderOf([onPage(1, refuse(503, { "Retry-After": "30" }), 1)]);
    await load(1);
    expect(Date.now() - NOW).toBe(30_000);
  });

  it("says until when it is waited for", async () => {
    const { load, onWait } = loaderOf([onPage(1, refuse(503, { "Retry-After": "30" }), 1)]);
    const startedAt = clock.now();
    await load(1);
    expect(onWait.mock.calls).toEqual([[startedAt + 30_000, "repeat"]]);
  });

  it("is told to whoever waits, once for each repeat and before its wait", async () => {
    const { loader, onRepeat } = loaderOf([onPage(1, refuse(503, { "Retry-After": "30" }), 1)]);
    const loading = loader.load(1, session, new AbortController().signal, onRepeat);
    await elapse(0);
    expect(onRepeat).toHaveBeenCalledOnce();
    await inFakeTime(loading);
    expect(onRepeat).toHaveBeenCalledOnce();
  });
});

describe("a rate limit", () => {
  const limited = refuse(429, { "Retry-After": "1" });

  it("uses up none of the repeats, and is counted among the requests", async () => {
    const { load } = loaderOf([inTurn(limited, limited, limited, refuse(500), limited, page(4))], { maxRetries: 1 });
    expect(await load(1)).toMatchObject({ attempts: 6, page: {} });
  });

  it("of 0 seconds is waited for all the same", async () => {
    const { engage, load } = loaderOf([onPage(1, refuse(429, { "Retry-After": "0" }), 1)]);
    expect(await load(1)).toMatchObject({ attempts: 2 });
    expect(engage.calls).toHaveLength(2);
    expect(Date.now() - NOW).toBe(100);
  });

  it.each(["30", "2.5", "Fri, 02 Jan 2026 03:04:35 GMT", "Thu, 01 Jan 2026 00:00:00 GMT", "-5", "soon", "inf", ""])(
    "of Retry-After: %j is repeated after a wait that makes sense, and not in a loop",
    async (retryAfter) => {
      const { engage, load } = loaderOf([onPage(1, refuse(429, { "Retry-After": retryAfter }), 3)]);
      expect(await load(1)).toMatchObject({ attempts: 4 });
      expect(engage.calls).toHaveLength(4);
      expect(Date.now() - NOW).toBeGreaterThanOrEqual(3 * 100);
      expect(Date.now() - NOW).toBeLessThanOrEqual(3 * 30_000);
    },
  );

  it("that lasts ends everything, with the time of the next slot", async () => {
    const { engage, load } = loaderOf([onPage(1, refuse(429, { "Retry-After": "3600" }))], { maxWait: 2 * HOUR });
    const error = await errorOf(() => load(1));
    expect(error).toMatchObject({ code: "rate-limited", retryAfter: HOUR });
    expect(error.message).toContain(new Date(NOW + 3 * HOUR).toISOString());
    expect(engage.calls).toHaveLength(3);
  });

  it.each(["99999999999999", "9".repeat(400)])("beyond all bounds is told all the same: %.20s", async (retryAfter) => {
    const { load } = loaderOf([onPage(1, refuse(429, { "Retry-After": retryAfter }))]);
    expect((await errorOf(() => load(1))).message).toContain("the next slot is at 2027-01-02T03:04:05.000Z");
  });

  it("gives the page up where no repeat is wanted", async () => {
    const { load } = loaderOf([onPage(1, limited)], { maxRetries: 0 });
    expect(await load(1)).toMatchObject({
      attempts: 1,
      error: { code: "rate-limited", status: 429, retryAfter: 1000 },
    });
  });
});

describe("an abort", () => {
  const reason = new Error("enough");

  it.each<[string, () => Response, number]>([
    ["a repeat", refuse(500), 100],
    ["a rate limit", refuse(429, { "Retry-After": "60" }), 30_000],
  ])("ends the wait for %s at once", async (_, response, after) => {
    const { loader, engage } = loaderOf([onPage(1, response)]);
    const controller = new AbortController();
    const loading = loader.load(1, session, controller.signal).catch((error: unknown) => error);
    await elapse(after);
    controller.abort(reason);
    expect(await loading).toBe(reason);
    expect(engage.calls).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
