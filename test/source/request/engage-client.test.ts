import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import { EngageError, type EngageErrorCode } from "../../../src/engage-error.ts";
import type { EngageFields } from "../../../src/source/query/engage-options.ts";
import { engageRequest } from "../../../src/source/query/engage-request.ts";
import { authorization } from "../../../src/source/request/authorization.ts";
import { EngageClient } from "../../../src/source/request/engage-client.ts";
import { EngageFailure } from "../../../src/source/request/engage-failure.ts";
import type { EngageFetch } from "../../../src/source/request/engage-fetch.ts";
import {
  ACCOUNT,
  type Answer,
  fakeEngage,
  hangs,
  PROJECT,
  pageResponse,
  pageText,
  profile,
  serves,
} from "../../helpers/fake-engage.ts";
import { elapse, fakeTime, inFakeTime, settled } from "../../helpers/fake-time.ts";
import { bytesOf } from "../../helpers/json-documents.ts";

fakeTime();

const TIMEOUT = 500_000;

interface ClientLimits {
  readonly maxPageBytes?: number;
  readonly timeout?: number;
}

function client(answer: Answer, options: Partial<EngageFields> & { maxPageBytes?: number } = {}) {
  const engage = fakeEngage(answer);
  return { engage, client: clientOf(engage.fetch, options) };
}

function clientOf(
  fetch: EngageFetch,
  { maxPageBytes = 2 ** 30, timeout = TIMEOUT, ...options }: Partial<EngageFields> & ClientLimits = {},
) {
  const fields = { ...PROJECT, ...options };
  const auth = authorization(fields);
  return new EngageClient({ request: engageRequest(fields), auth, timeout, maxPageBytes, fetch });
}

function ask(answer: Answer, { page = 1, sessionId = "session-1", signal = new AbortController().signal } = {}) {
  return client(answer).client.page(page, sessionId, signal);
}

/** What a request fails with. */
function failureOf(answer: Answer): Promise<EngageFailure> {
  return failureIn(ask(answer));
}

async function failureIn(page: Promise<unknown>): Promise<EngageFailure> {
  const error: unknown = await inFakeTime(page).then(
    () => "a page",
    (reason) => reason,
  );
  if (error instanceof EngageFailure) return error;
  throw new Error("It does not fail as a request should", { cause: error });
}

function ok(body: BodyInit | null): Answer {
  return () => new Response(body);
}

/** What Node says of an address where nobody listens. */
function refused(address: string): Error {
  return Object.assign(new Error(`connect ECONNREFUSED ${address}:9`), { code: "ECONNREFUSED", address, port: 9 });
}

/** A body that comes chunk by chunk and then does what `end` says. */
function body(chunks: readonly string[], end: (controller: ReadableStreamDefaultController<Uint8Array>) => void) {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(bytesOf(chunk));
      end(controller);
    },
  });
}

describe("a request", () => {
  it("is a form with the account in its header and nothing but the project in its address", async () => {
    const { engage, client: asked } = client(serves(5), { where: 'a == "b+c&d=é"' });
    await asked.page(1, "session & 1", new AbortController().signal);
    const [call] = engage.calls;
    expect(call?.method).toBe("POST");
    expect(call?.url.href).toBe("https://mixpanel.com/api/query/engage?project_id=1234567");
    expect(call?.headers.get("content-type")).toBe("application/x-www-form-urlencoded;charset=UTF-8");
    expect(call?.headers.get("authorization")).toBe(`Basic ${btoa(`${ACCOUNT.username}:${ACCOUNT.secret}`)}`);
    expect(call?.headers.get("accept")).toBe("application/json");
    expect([...(call?.form ?? [])]).toEqual([
      ["where", 'a == "b+c&d=é"'],
      ["page", "1"],
      ["session_id", "session & 1"],
    ]);
  });

  it("is a call of fetch with the address as text, plain headers, a body that is text, the signal and the redirect", async () => {
    const fetch = vi.fn<EngageFetch>(async () => pageResponse([]));
    await clientOf(fetch).page(0, undefined, new AbortController().signal);
    expect(fetch).toHaveBeenCalledExactlyOnceWith("https://mixpanel.com/api/query/engage?project_id=1234567", {
      method: "POST",
      headers: {
        accept: "application/json",
        authorization: `Basic ${btoa(`${ACCOUNT.username}:${ACCOUNT.secret}`)}`,
        "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
      },
      body: "page=0",
      signal: expect.any(AbortSignal),
      redirect: "manual",
    });
    expect(Object.getPrototypeOf(fetch.mock.calls[0]?.[1].headers)).toBe(Object.prototype);
  });

  it("goes through whatever fetch the runtime has by then", async () => {
    const { client: asked } = client(serves(1));
    const late = new EngageClient({
      request: engageRequest(PROJECT),
      auth: authorization(PROJECT),
      timeout: TIMEOUT,
      maxPageBytes: 2 ** 30,
      fetch: undefined,
    });
    vi.stubGlobal("fetch", async () => pageResponse([profile(0)]));
    try {
      expect((await late.page(0, undefined, new AbortController().signal)).profiles).toHaveLength(1);
      expect(asked).toBeDefined();
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("is signed with a token that is asked for again", async () => {
    const tokens = ["first-token", "second-token"];
    const bearer = () => Promise.resolve(tokens.shift() ?? "");
    const { engage, client: asked } = client(serves(5), { serviceAccount: undefined, bearer });
    await asked.page(0, undefined, new AbortController().signal);
    await asked.page(1, "s", new AbortController().signal);
    expect(engage.calls.map(({ headers }) => headers.get("authorization"))).toEqual([
      "Bearer first-token",
      "Bearer second-token",
    ]);
  });

  it("is not sent without a token", async () => {
    const bearer = () => Promise.reject(new Error("no"));
    const { engage, client: asked } = client(serves(5), { serviceAccount: undefined, bearer });
    const { error } = await failureIn(asked.page(0, undefined, new AbortController().signal));
    expect(error).toMatchObject({ code: "unauthorized", option: "bearer" });
    expect(engage.calls).toEqual([]);
  });

  it("that waits for a token ends at its deadline", async () => {
    const { client: asked } = client(serves(5), { serviceAccount: undefined, bearer: () => new Promise(() => {}) });
    const { error } = await failureIn(asked.page(0, undefined, new AbortController().signal));
    expect(error.code).toBe("timeout");
  });

  it("names no session where there is none", async () => {
    const { engage, client: asked } = client(serves(1));
    await asked.page(0, undefined, new AbortController().signal);
    expect(engage.calls[0]?.body).toBe("page=0");
  });

  it("is sent once, whatever comes of it", async () => {
    for (const answer of [
      ok("no"),
      () => new Response("", { status: 503 }),
      () => Promise.reject(new TypeError("no")),
    ]) {
      const { engage, client: asked } = client(answer);
      await expect(inFakeTime(asked.page(1, "s", new AbortController().signal))).rejects.toBeInstanceOf(EngageFailure);
      expect(engage.calls).toHaveLength(1);
    }
  });

  it("leaves no timer and no listener behind", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    await ask(serves(5), { signal });
    await ask(ok("no"), { signal }).catch(() => {});
    expect(vi.getTimerCount()).toBe(0);
    expect(added).toHaveBeenCalled();
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });
});

describe("a page", () => {
  it("comes in any number of chunks", async () => {
    const text = pageText([profile(0), '{"$distinct_id":"é🦆"}']);
    const bytes = bytesOf(text);
    const chunks = new ReadableStream<Uint8Array>({
      start(controller) {
        for (let at = 0; at < bytes.length; at++) controller.enqueue(bytes.subarray(at, at + 1));
        controller.close();
      },
    });
    const whole = await ask(ok(chunks));
    expect(whole.profiles.bytes).toEqual(bytes);
    expect(whole.head).toEqual({ page_size: 2, session_id: "session-1", status: "ok", total: 2 });
  });

  it("needs no status, and may have any 2xx and any content type", async () => {
    const text = pageText([], { status: undefined });
    const page = await ask(() => new Response(text, { status: 203, headers: { "content-type": "text/html" } }));
    expect(page.profiles).toHaveLength(0);
  });
});

describe("a failure", () => {
  it("looks for secrets in the beginning of a long answer alone, since that takes a thousand times its memory", async () => {
    const lengths: number[] = [];
    const redact = (text: string) => {
      lengths.push(text.length);
      return text;
    };
    const auth = { header: () => "Basic", redact };
    const { fetch } = fakeEngage(ok(JSON.stringify({ status: "error", error: "no ".repeat(1_000_000) })));
    const limits = { timeout: TIMEOUT, maxPageBytes: 2 ** 30 };
    const client = new EngageClient({ request: engageRequest(PROJECT), auth, fetch, ...limits });
    const { error } = await failureIn(client.page(0, undefined, new AbortController().signal));
    expect(error.message).toContain('It says: {"status":"error","error":"no no no');
    expect(lengths).toEqual([64 * 1024]);
  });

  it.each<[string, Answer, EngageErrorCode, string]>([
    ["nothing", ok(null), "bad-response", "Expected a value, but it ends at byte 0: nothing"],
    ["no content", () => new Response(null, { status: 204 }), "bad-response", "nothing"],
    ["HTML", ok("<html>\n<b>Proxy</b></html>"), "bad-response", "at byte 0: <html> <b>Proxy</b></html>"],
    ["a list", ok("[]"), "bad-response", "Expected an object: []"],
    ["text", ok('"no"'), "bad-response", 'Expected an object: "no"'],
    ["null", ok("null"), "bad-response", "Expected an object: null"],
    ["no results", ok('{"status":"ok"}'), "bad-response", 'It has no list of results: {"status":"ok"}'],
    ["results that are no list", ok('{"results":{}}'), "bad-response", "It has no list of results: {}"],
    ["an error", ok('{"status":"error","error":"no"}'), "bad-response", 'It says: {"status":"error","error":"no"}'],
    ["an error with results", ok('{"status":"error","results":[]}'), "bad-response", 'It says: {"status":"error"}'],
    ["a status that is null", ok('{"status":null,"results":[]}'), "bad-response", 'It says: {"status":null}'],
    ["a page cut off", ok(pageText([profile(0)]).slice(0, -1)), "bad-response", "but it ends at byte"],
    ["broken UTF-8", ok(Uint8Array.of(0x7b, 0x22, 0xff)), "bad-response", "UTF-8 is broken at byte 2"],
    ["a profile that does not end", ok('{"results":[{"a":NaN]}'), "bad-response", "Expected a value at byte 17"],
    ["a 401", () => new Response("no", { status: 401 }), "unauthorized", "HTTP 401"],
    ["a 503", () => new Response(null, { status: 503 }), "server", "HTTP 503"],
    [
      "a connection that fails",
      () => Promise.reject(new TypeError("fetch failed", { cause: new Error("ECONNRESET") })),
      "network",
      "failed (page 1): ECONNRESET",
    ],
    ["a connection that fails in a word", () => Promise.reject("boom"), "network", "boom"],
    ["a connection that fails in a response", () => Response.error(), "network", "network error"],
    ["a connection that fails with nothing", () => Promise.reject(undefined), "network", "undefined"],
    [
      "a body that breaks",
      ok(body([pageText([]).slice(0, 9)], (c) => c.error(new TypeError("terminated")))),
      "network",
      "terminated",
    ],
    [
      "a refusal that breaks",
      () =>
        new Response(
          body(["no"], (c) => c.error(new TypeError("terminated"))),
          { status: 400 },
        ),
      "network",
      "terminated",
    ],
  ])("says what came, and where: %s", async (_, answer, code, message) => {
    const { error } = await failureOf(answer);
    expect(error).toMatchObject({ name: "EngageError", code, pageIndex: 1 });
    expect(error.message).toContain("(page 1)");
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/\n|\.$/);
  });

  it.each([
    [
      "of every address that was tried",
      new AggregateError([refused("::1"), refused("127.0.0.1")]),
      "ECONNREFUSED ::1:9, 127.0.0.1:9",
    ],
    ["of the cause's cause", new Error("outer", { cause: new Error("inner") }), "outer: inner"],
  ])("names the innermost reasons: %s", async (_, cause, said) => {
    const { error } = await failureOf(() => Promise.reject(new TypeError("fetch failed", { cause })));
    expect(error.message).toBe(`The connection to Mixpanel failed (page 1): ${said}`);
  });

  it("is told as fetch tells it when that is an error of this package", async () => {
    const told = new EngageError("bad-request", "The proxy refuses");
    expect((await failureOf(() => Promise.reject(told))).error).toBe(told);
  });

  it("is a page that is larger than allowed, found while it arrives", async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytesOf('{"results":[')),
      pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(0x20)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const { client: asked } = client(ok(endless), { maxPageBytes: 100_000 });
    const { error } = await failureIn(asked.page(1, "s", new AbortController().signal));
    expect(error.code).toBe("bad-response");
    expect(error.message).toContain("Mixpanel's answer is larger than `maxPageBytes` allows (page 1): 100,000 bytes");
    expect(isCancelled).toBe(true);
  });

  it("keeps the error beneath", async () => {
    const cause = new TypeError("fetch failed");
    expect((await failureOf(() => Promise.reject(cause))).error.cause).toBe(cause);
  });

  it("shows nothing of a page that holds profiles", async () => {
    const { error } = await failureOf(ok(`\n ${pageText([profile(0)])}x`));
    expect(error.message).toMatch(/Expected the end at byte \d+$/);
  });

  it("that nests too deeply to be shown is a bad response all the same", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    expect((await failureOf(ok(`{"status":"error","error":${deep}}`))).error.code).toBe("bad-response");
    expect((await failureOf(ok(`{"status":${deep},"results":[]}`))).error.code).toBe("bad-response");
    expect((await failureOf(ok(deep))).error.code).toBe("bad-response");
    expect((await failureOf(() => new Response(`{"error":${deep}}`, { status: 402 }))).error.code).toBe("plan");
  });

  it("reads no more of a refusal than it can show", async () => {
    let isCancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(10_000).fill(0x78)),
      cancel: () => {
        isCancelled = true;
      },
    });
    const { error } = await failureOf(() => new Response(endless, { status: 400 }));
    expect(error.message).toMatch(/HTTP 400: x+…$/);
    expect(isCancelled).toBe(true);
  });
});

describe("a redirect", () => {
  it.each([
    [300, "", ""],
    [304, "", ""],
    [301, "https://elsewhere.example/path?token=1", ": https://elsewhere.example"],
    [302, "/login", ""],
    [303, "", ""],
    [307, "http://localhost:1/", ": http://localhost:1"],
    [308, "not a url", ""],
  ])("is refused at once and not followed: %i to %j", async (status, location, shown) => {
    const { error } = await failureOf(() => new Response(null, { status, headers: { location } }));
    expect(error).toMatchObject({ code: "bad-request", status, pageIndex: 1 });
    expect(error.message).toMatch(new RegExp(`check the region and the base URL \\(page 1\\)${shown}$`));
  });

  it("leaves no body behind", async () => {
    const cancel = vi.fn();
    await failureOf(() => new Response(new ReadableStream({ cancel }), { status: 302 }));
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("is refused alike where its body breaks", async () => {
    const broken = body([], (controller) => controller.error(new TypeError("terminated")));
    expect((await failureOf(() => new Response(broken, { status: 302 }))).error.code).toBe("bad-request");
    await settled();
  });

  it("is refused where a browser hides it", async () => {
    const opaque = Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
    expect((await failureOf(() => opaque)).error.code).toBe("bad-request");
  });

  it("is asked for by hand, so that fetch does not follow it", async () => {
    const seen: string[] = [];
    const fetch: typeof globalThis.fetch = async (input, init) => {
      seen.push(new Request(input, init).redirect);
      return pageResponse([]);
    };
    await clientOf(fetch).page(0, undefined, new AbortController().signal);
    expect(seen).toEqual(["manual"]);
  });
});

describe("a deadline", () => {
  it("ends an attempt that is never answered", async () => {
    const asked = ask(hangs).catch((error: unknown) => error);
    await elapse(TIMEOUT - 1);
    expect(await Promise.race([asked, "waiting"])).toBe("waiting");
    await elapse(1);
    expect(await asked).toMatchObject({
      error: { code: "timeout", pageIndex: 1, message: "No whole answer within 500 s (page 1)" },
    });
  });

  it("ends an attempt whose body stands still for 60 s, and not one that goes on", async () => {
    let send: ReadableStreamDefaultController<Uint8Array> | undefined;
    const asked = ask(ok(body(["{"], (controller) => (send = controller)))).catch((error: unknown) => error);
    for (let byte = 0; byte < 3; byte++) {
      await elapse(59_999);
      send?.enqueue(bytesOf(" "));
    }
    await elapse(59_999);
    expect(await Promise.race([asked, "waiting"])).toBe("waiting");
    await elapse(1);
    expect(await asked).toMatchObject({
      error: { code: "timeout", message: "No further byte of the answer within 60 s (page 1)" },
    });
  });

  it("ends a body that goes on for ever", async () => {
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) =>
        new Promise<void>((resolve) => setTimeout(resolve, 30_000)).then(() => controller.enqueue(bytesOf(" "))),
    });
    expect((await failureOf(ok(endless))).error.message).toBe("No whole answer within 500 s (page 1)");
  });

  it("ends an attempt even where fetch does not hear of it, and looks no further", async () => {
    let answer: (response: Response) => void = () => {};
    const deaf: typeof globalThis.fetch = () => new Promise((resolve) => (answer = resolve));
    const asked = clientOf(deaf, { timeout: 1000 }).page(1, "s", new AbortController().signal);
    await expect(inFakeTime(asked)).rejects.toMatchObject({ error: { code: "timeout" } });
    answer(pageResponse([]));
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("cancels the body it gives up", async () => {
    const cancelled = vi.fn();
    const stalled = new ReadableStream<Uint8Array>({ cancel: cancelled });
    await failureOf(ok(stalled));
    expect(cancelled).toHaveBeenCalledOnce();
  });
});

describe("an abort", () => {
  const reason = new Error("enough");

  it.each<[string, Answer]>([
    ["before the response", hangs],
    ["in the body", ok(body(["{"], () => {}))],
    [
      "in the body of a refusal",
      () =>
        new Response(
          body(["no"], () => {}),
          { status: 500 },
        ),
    ],
  ])("rejects with its reason, %s", async (_, answer) => {
    const controller = new AbortController();
    const asked = ask(answer, { signal: controller.signal }).catch((error: unknown) => error);
    await settled();
    controller.abort(reason);
    expect(await asked).toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("before the request rejects with its reason", async () => {
    await expect(ask(serves(1), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it("reaches the request and its body", async () => {
    const cancelled = vi.fn();
    const { engage, client: asked } = client(ok(new ReadableStream({ cancel: cancelled })));
    const controller = new AbortController();
    const page = asked.page(1, "s", controller.signal).catch(() => {});
    await settled();
    controller.abort(reason);
    await page;
    expect(engage.calls[0]?.signal.aborted).toBe(true);
    expect(cancelled).toHaveBeenCalledOnce();
  });
});

describe("credentials", () => {
  const secret = 'S3cr"et/with  ünicode';
  const account = { username: "who.1a2b.mp-service-account", secret };
  const utf8 = (text: string) => btoa(String.fromCharCode(...bytesOf(text)));
  const header = `Basic ${utf8(`${account.username}:${secret}`)}`;
  const escaped = Array.from(secret, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");
  const json = JSON.stringify({ status: "error", error: { got: [header, secret], user: account.username } });

  it.each<[string, Answer]>([
    ["in a refusal", () => new Response(`${header} ${secret} ${account.username}`, { status: 401 })],
    ["in a refusal's JSON", () => new Response(json, { status: 403 })],
    ["in escapes", () => new Response(`{"error":"${escaped}"}`, { status: 400 })],
    [
      "with escaped slashes",
      () => new Response(JSON.stringify({ error: header }).replaceAll("/", "\\/"), { status: 400 }),
    ],
    ["where a refusal is cut off", () => new Response(`${"x".repeat(280)}${secret}`, { status: 500 })],
    ["where HTML is cut off", ok(`<html>${"x".repeat(185)}${secret}`)],
    ["in a proxy's page", ok(`<html>${header} ${secret}</html>`)],
    ["in a 200 that says error", ok(json)],
    ["where what a 200 says is cut off", ok(JSON.stringify({ status: "error", error: `${"x".repeat(265)}${secret}` }))],
    ["in a head without results", ok(JSON.stringify({ session_id: secret }))],
    ["in a page that is no JSON", ok(`{"status":"${secret.replaceAll('"', "")}`)],
    [
      "in a redirect",
      () => new Response(null, { status: 302, headers: { location: `https://x/${encodeURIComponent(secret)}` } }),
    ],
    [
      "in a redirect's origin",
      () => new Response(null, { status: 302, headers: { location: `https://${account.username}/` } }),
    ],
    ["in a network error", () => Promise.reject(new TypeError(`failed: ${header}`))],
    ["in the cause of a network error", () => Promise.reject(new TypeError("failed", { cause: new Error(secret) }))],
    [
      "in the cause of its cause",
      () => Promise.reject(new TypeError("a", { cause: new Error("b", { cause: new Error(secret) }) })),
    ],
    [
      "in a property of a network error",
      () => Promise.reject(Object.assign(new Error("failed"), { config: { headers: { authorization: header } } })),
    ],
    ["in what is no error", () => Promise.reject({ header })],
    ["in a broken body", ok(body(["{"], (controller) => controller.error(new Error(header))))],
  ])("stay out of every error: %s", async (_, answer) => {
    const { client: asked } = client(answer, { serviceAccount: account });
    const failure = await asked.page(1, "s", new AbortController().signal).catch((error: unknown) => error);
    if (!(failure instanceof EngageFailure))
      throw new Error("It does not fail as a request should", { cause: failure });
    const shown = [failure, failure.error].map((error) =>
      [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: 20, showHidden: true })].join("\n"),
    );
    for (const text of shown) {
      for (const hidden of [header.slice(6), secret, "S3cr", account.username, "ünicode", "%C3%BCnicode"]) {
        expect(text).not.toContain(hidden);
      }
    }
  });
});
