import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import nodeFetch from "node-fetch";
import { ProxyAgent, fetch as undiciFetch } from "undici";
import { describe, expect, it, onTestFinished } from "vitest";
import { normalizeProfiles, type ProfilePagesOptions, profilePages } from "../../../src/index.ts";
import { engageSimulator } from "../../../src/simulator.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { PROJECT } from "../../helpers/fake-engage.ts";
import { type Answer, startServer } from "../../helpers/http-server.ts";
import { startProxy } from "../../helpers/proxy-server.ts";

const AUTHORIZATION = `Basic ${btoa(`${PROJECT.serviceAccount.username}:${PROJECT.serviceAccount.secret}`)}`;

/** How many profiles come. */
async function read(options: Partial<ProfilePagesOptions>): Promise<number> {
  let count = 0;
  const pages = profilePages({ ...PROJECT, maxRetries: 0, ...options } as ProfilePagesOptions);
  await pages.pipeThrough(normalizeProfiles()).pipeTo(
    new WritableStream({
      write(page) {
        if (page.status === "failed") throw page.error;
        count += page.rows.length;
      },
    }),
  );
  return count;
}

describe("the option fetch", () => {
  it.each<[string, ProfilePagesOptions["fetch"]]>([
    ["the runtime's", globalThis.fetch],
    ["undici's", undiciFetch],
    ["node-fetch", nodeFetch],
    ["a function around it", (url, init) => fetch(url, init)],
  ])("takes %s", async (_, fetch) => {
    const server = await startServer(2500);
    expect(await read({ fetch, baseUrl: server.baseUrl })).toBe(2500);
    expect(server.requests.map(({ headers }) => headers.get("authorization"))).toEqual(Array(3).fill(AUTHORIZATION));
  });

  it("is told that the body must be bytes, once, if it is text", async () => {
    let calls = 0;
    const arrayBuffer = async () => new ArrayBuffer();
    const fetch = async () => {
      calls += 1;
      return { ok: true, status: 200, headers: new Headers(), body: Readable.from(["{}"]), arrayBuffer };
    };
    const error = await errorOf(() => read({ fetch, maxRetries: 3 }));
    expect(error).toMatchObject({
      code: "usage",
      option: "fetch",
      message: "Cannot fetch pages, `fetch` must give a response whose body is bytes",
    });
    expect(calls).toBe(1);
  });

  it.each([
    ["nothing", undefined],
    ["an object", {}],
    ["a number", 7],
  ])("is told that it must give a response, once, if it gives %s", async (_, answer) => {
    let calls = 0;
    const fetch = () => {
      calls += 1;
      return answer as never;
    };
    const error = await errorOf(() => read({ fetch, maxRetries: 3 }));
    expect(error).toMatchObject({
      code: "usage",
      option: "fetch",
      message: "Cannot fetch pages, `fetch` must give a response, as that of the runtime does",
    });
    expect(calls).toBe(1);
  });

  it("takes undici's with an agent for a proxy, which sees every request", async () => {
    const server = await startServer(2500);
    const proxy = await startProxy();
    const dispatcher = new ProxyAgent({ uri: proxy.url, proxyTunnel: false });
    onTestFinished(() => dispatcher.close());
    const fetch: ProfilePagesOptions["fetch"] = (url, init) => undiciFetch(url, { ...init, dispatcher });
    expect(await read({ fetch, baseUrl: server.baseUrl })).toBe(2500);
    expect(proxy.requests).toHaveLength(3);
  });

  it("takes a function that adds a header", async () => {
    const traces: unknown[] = [];
    const server = await startServer(1, (_, response) => {
      traces.push(response.req.headers["x-trace"], response.req.headers.authorization);
      return false;
    });
    const fetch: ProfilePagesOptions["fetch"] = (url, init) =>
      globalThis.fetch(url, { ...init, headers: { ...init?.headers, "x-trace": "1" } });
    expect(await read({ fetch, baseUrl: server.baseUrl })).toBe(1);
    expect(traces).toEqual(["1", AUTHORIZATION]);
  });

  it("takes a simulator, and its counts", async () => {
    const simulator = engageSimulator({ profiles: 250, pageSize: 100 });
    const { projectId, serviceAccount } = simulator;
    expect(await read({ projectId, serviceAccount, fetch: simulator })).toBe(250);
    expect(simulator.requestCount).toBe(3);
  });

  it("may be left to msw", async () => {
    const simulator = engageSimulator({ profiles: 250, pageSize: 100 });
    const server = setupServer(http.post("https://mixpanel.com/api/query/engage", ({ request }) => simulator(request)));
    server.listen({ onUnhandledRequest: "error" });
    onTestFinished(() => server.close());
    const { projectId, serviceAccount } = simulator;
    expect(await read({ projectId, serviceAccount })).toBe(250);
    expect(await read({ projectId, serviceAccount, fetch })).toBe(250);
    server.use(http.post("*", () => HttpResponse.json({ error: "no such plan" }, { status: 402 })));
    expect((await errorOf(() => read({ projectId, serviceAccount }))).message).toContain("HTTP 402: no such plan");
  });

  it.each<[string, ProfilePagesOptions["fetch"]]>([
    ["undici's", undiciFetch],
    ["node-fetch", nodeFetch],
  ])("ends a request of %s by its signal, headers or not", async (_, fetch) => {
    for (const begins of [false, true]) {
      const server = await startServer(1, (_, response) => {
        if (begins) response.write("{");
        return true;
      });
      const controller = new AbortController();
      const reading = read({ fetch, baseUrl: server.baseUrl, signal: controller.signal }).catch((error) => error);
      await expect.poll(() => server.inFlight()).toBe(1);
      const reason = new Error("enough");
      controller.abort(reason);
      expect(await reading).toBe(reason);
      await server.idle();
    }
  });

  it.each<[string, ProfilePagesOptions["fetch"]]>([
    ["the runtime's", globalThis.fetch],
    ["undici's", undiciFetch],
    ["node-fetch", nodeFetch],
  ])("hides no status and no redirect of %s", async (_, fetch) => {
    const to =
      (status: number): Answer =>
      (_, response) => {
        response.writeHead(status, { location: "https://elsewhere.example/" }).end('{"error":"no"}');
        return true;
      };
    for (const [status, code] of [
      [302, "bad-request"],
      [401, "unauthorized"],
      [500, "server"],
    ] as const) {
      const { baseUrl } = await startServer(1, to(status));
      expect((await errorOf(() => read({ fetch, baseUrl }))).code).toBe(code);
    }
  });
});

describe("maxPageBytes", () => {
  it.each<[string, ProfilePagesOptions["fetch"]]>([
    ["the runtime's", globalThis.fetch],
    ["undici's", undiciFetch],
    ["node-fetch", nodeFetch],
  ])("ends a gzip bomb and an endless page by %s fetch while they arrive, in little memory", async (_, fetch) => {
    const maxPageBytes = 8 * 2 ** 20;
    for (const gzip of [true, false]) {
      const server = await startServer(1, (_, response) => endless(response, gzip));
      const before = process.memoryUsage().arrayBuffers;
      let most = 0;
      const watch = setInterval(() => {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      }, 1);
      const error = await errorOf(() => read({ fetch, baseUrl: server.baseUrl, maxPageBytes }));
      clearInterval(watch);
      expect(error).toMatchObject({ code: "bad-response", message: expect.stringContaining("8,388,608 bytes") });
      // A runtime may hold some of what comes next.
      expect(most - before).toBeLessThan(8 * maxPageBytes);
      await server.idle();
    }
  });
});

/** Sends spaces for as long as they are taken. */
function endless(response: ServerResponse, gzip: boolean): true {
  response.writeHead(200, gzip ? { "content-encoding": "gzip" } : {});
  const target = gzip ? createGzip() : response;
  if (gzip) target.pipe(response);
  const chunk = Buffer.alloc(2 ** 16, " ");
  const write = (): void => {
    while (!response.destroyed && target.write(chunk));
  };
  target.on("drain", write).on("error", () => {});
  response.on("close", () => target.destroy());
  write();
  return true;
}
