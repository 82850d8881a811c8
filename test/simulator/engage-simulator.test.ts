import { HttpResponse, http } from "msw";
import { setupServer } from "msw/node";
import * as nodeFetch from "node-fetch";
import * as undici from "undici";
import { describe, expect, it } from "vitest";
import { ConnectionReset, engageSimulator, profileJson } from "../../src/simulator.ts";
import { profilePages } from "../../src/source/profile-pages.ts";
import { call, exportIds, read } from "../helpers/engage-call.ts";

describe("a page", () => {
  it("has the members of the API's own example, in their order", async () => {
    const response = await call(engageSimulator({ profiles: ['{"$distinct_id":4,"$properties":{"a":1.0}}'] }));
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(await response.text()).toBe(
      '{"page":0,"page_size":1000,"session_id":"1234567890-OGSGYS","status":"ok","total":1,' +
        '"results":[{"$distinct_id":4,"$properties":{"a":1.0}}]}',
    );
  });

  it("follows page 0 by its session until every profile has come once", async () => {
    const ids = await exportIds(engageSimulator({ profiles: 2_500 }));
    expect(ids).toEqual(Array.from({ length: 2_500 }, (_, index) => JSON.parse(profileJson(1, index)).$distinct_id));
    expect(new Set(ids).size).toBe(2_500);
  });

  it("is the same bytes for the same seed, and others for another", async () => {
    const bytes = async (seed: number) => (await call(engageSimulator({ seed }))).text();
    expect(await bytes(7)).toBe(await bytes(7));
    expect(await bytes(7)).not.toBe(await bytes(8));
  });

  it("past the end has no results", async () => {
    const simulator = engageSimulator({ profiles: 1_500 });
    const { session_id } = await read(call(simulator));
    expect(await read(call(simulator, { page: "2", session_id }))).toMatchObject({
      total: 1_500,
      results: [],
      page: 2,
    });
  });

  it("of an empty project has no results either", async () => {
    expect(await read(call(engageSimulator({ profiles: 0 })))).toMatchObject({ total: 0, results: [], status: "ok" });
  });

  it("is as large as asked for, up to the largest size", async () => {
    const simulator = engageSimulator({ profiles: 300, maxPageSize: 200, pageSize: 50 });
    const sizes = async (form: Record<string, string>) => {
      const { page_size, results } = await read(call(simulator, form));
      return [page_size, results.length];
    };
    expect(await sizes({})).toEqual([50, 50]);
    expect(await sizes({ page_size: "7" })).toEqual([7, 7]);
    expect(await sizes({ page_size: "40000" })).toEqual([200, 200]);
  });

  it("of 40,000 profiles comes in chunks", async () => {
    const response = await call(engageSimulator({ profiles: 40_000 }), { page_size: "40000" });
    let chunks = 0;
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      chunks += 1;
      bytes += chunk.length;
    }
    expect(bytes).toBeGreaterThan(40_000_000);
    expect(bytes / chunks).toBeLessThan(65_536);
  });

  it("from the end of a million profiles comes as readily as the first", async () => {
    const simulator = engageSimulator({ profiles: 1_000_000 });
    const { session_id } = await read(call(simulator));
    const last = await read(call(simulator, { page: "999", session_id }));
    expect(last.results).toHaveLength(1_000);
    expect(last.results[999]).toEqual(JSON.parse(profileJson(1, 999_999)));
  });
});

describe("the handler", () => {
  const url = "https://mixpanel.com/api/query/engage?project_id=1234567";

  it("takes an address and plain settings, with headers as an object and a body as text", async () => {
    const simulator = engageSimulator();
    const { username, secret } = simulator.serviceAccount;
    const headers = {
      Authorization: `Basic ${btoa(`${username}:${secret}`)}`,
      "Content-Type": "application/x-www-form-urlencoded",
    };
    const { signal } = new AbortController();
    const init = { method: "POST", headers, body: "page_size=10", signal, redirect: "manual" } as const;
    for (const address of [url, new URL(url)]) {
      expect((await read(simulator(address, init))).results).toHaveLength(10);
    }
    expect(simulator.requests[0]).toMatchObject({ url, form: { page_size: "10" } });
  });

  it("takes a request, alone and with settings that replace its own", async () => {
    const simulator = engageSimulator();
    const { username, secret } = simulator.serviceAccount;
    const init = {
      method: "POST",
      headers: new Headers({ Authorization: `Basic ${btoa(`${username}:${secret}`)}` }),
      body: new URLSearchParams({ page_size: "10" }),
    };
    expect((await read(simulator(new Request(url, init)))).results).toHaveLength(10);
    expect((await read(simulator(new Request(url, { ...init, body: "" }), init))).results).toHaveLength(10);
  });

  it("takes a request of another implementation of fetch", async () => {
    const simulator = engageSimulator();
    const headers = {
      Authorization: `Bearer ${simulator.token}`,
      "Content-Type": "application/x-www-form-urlencoded",
    };
    const signal = new AbortController().signal;
    const init = { method: "POST", headers, body: "page_size=10" };
    for (const Implementation of [undici.Request, nodeFetch.Request]) {
      const request = new Implementation(url, { ...init, signal }) as unknown as Request;
      expect((await read(simulator(request))).results).toHaveLength(10);
    }
  });

  it("serves an export that has it for its fetch", async () => {
    const simulator = engageSimulator({ profiles: 2_500, faults: [{ page: 1, fault: { kind: "reset" } }] });
    const { projectId, serviceAccount } = simulator;
    const pages: number[] = [];
    for await (const page of profilePages({ projectId, serviceAccount, fetch: simulator })) {
      pages.push(page.status === "loaded" ? page.rows.length : -1);
    }
    expect(pages).toEqual([1_000, 1_000, 500]);
    expect(simulator.requestCount).toBe(4);
    expect(simulator.countedQueries).toBe(1);
  });

  it("serves msw, where a reset is a network error", async () => {
    const simulator = engageSimulator({ profiles: 1_200, faults: [{ page: 1, fault: { kind: "reset" } }] });
    const server = setupServer(
      http.post("https://mixpanel.com/api/query/engage", ({ request }) =>
        simulator(request).catch((error) => {
          expect(error).toBeInstanceOf(ConnectionReset);
          return HttpResponse.error();
        }),
      ),
    );
    server.listen({ onUnhandledRequest: "error" });
    try {
      const first = await read(call(simulator, {}, { fetch }));
      const form = { page: "1", session_id: first.session_id };
      await expect(call(simulator, form, { fetch })).rejects.toThrow(TypeError);
      expect((await read(call(simulator, form, { fetch }))).results).toHaveLength(200);
      expect(simulator.inFlight).toBe(0);
    } finally {
      server.close();
    }
  });

  it("rejects a request that was aborted before it came", async () => {
    const simulator = engageSimulator();
    await expect(call(simulator, {}, { signal: AbortSignal.abort("gone") })).rejects.toBe("gone");
    expect(simulator.requestCount).toBe(0);
  });

  it("breaks a body off with the signal's reason", async () => {
    const simulator = engageSimulator({ profiles: 5_000, pageSize: 5_000 });
    const client = new AbortController();
    const { body } = await call(simulator, {}, { signal: client.signal });
    const reader = body?.getReader();
    await reader?.read();
    client.abort(new Error("enough"));
    await expect(reader?.read()).rejects.toThrow("enough");
    expect(simulator.inFlight).toBe(0);
  });
});
