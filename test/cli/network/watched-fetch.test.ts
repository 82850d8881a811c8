import { describe, expect, it } from "vitest";
import { watchedFetch } from "../../../src/cli/network/watched-fetch.ts";
import { EngageError } from "../../../src/engage-error.ts";
import type { EngageFetch, EngageFetchInit } from "../../../src/index.ts";
import { errorOf } from "../../helpers/error-of.ts";

function init(body: string, signal = new AbortController().signal): EngageFetchInit {
  return { method: "POST", headers: {}, body, signal, redirect: "manual" };
}

/** What is said of one request. */
async function said(fetch: EngageFetch, request: EngageFetchInit): Promise<readonly string[]> {
  const lines: string[] = [];
  await watchedFetch(fetch, (line) => lines.push(line.replace(/\d+\.\d\d s$/, "N s")))(
    "https://a.example",
    request,
  ).catch(() => {});
  return lines;
}

describe("watchedFetch", () => {
  it("says page, status and time", async () => {
    expect(await said(async () => new Response(null, { status: 429 }), init("page=3&session_id=s"))).toEqual([
      "page 3: 429 after N s",
    ]);
  });

  it("names the innermost reasons of a failure", async () => {
    const addresses = ["::1", "127.0.0.1"].map((address) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}:9`), { code: "ECONNREFUSED", address, port: 9 }),
    );
    const failing = () => Promise.reject(new TypeError("fetch failed", { cause: new AggregateError(addresses) }));
    expect(await said(failing, init("page=0"))).toEqual(["page 0: ECONNREFUSED ::1:9, 127.0.0.1:9 after N s"]);
  });

  it("tells a request that was cancelled from one that failed", async () => {
    const cancelled = () => Promise.reject(new DOMException("This operation was aborted", "AbortError"));
    expect(await said(cancelled, init("page=1", AbortSignal.abort()))).toEqual(["page 1: cancelled after N s"]);
  });

  it("passes on what it is called with, the response and the error", async () => {
    const calls: unknown[] = [];
    const response = new Response();
    const request = init("page=0");
    const fetch: EngageFetch = async (...call) => {
      calls.push(...call);
      return response;
    };
    expect(await watchedFetch(fetch, () => {})("https://a.example", request)).toBe(response);
    expect(calls).toEqual(["https://a.example", request]);
    const error = new EngageError("network", "no");
    const failing = watchedFetch(
      () => Promise.reject(error),
      () => {},
    );
    expect(await errorOf(() => failing("https://a.example", request))).toBe(error);
  });
});
