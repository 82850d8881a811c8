import { describe, expect, it, vi } from "vitest";
import { profilePages } from "../../../src/index.ts";
import { ConnectionReset, engageSimulator, type Fault } from "../../../src/simulator.ts";
import { broken, call, faulty, page1, read, refused } from "../../helpers/engage-call.ts";

const undisturbed = await (await page1(engageSimulator({ profiles: 2_500 }))).text();
const bytes = new TextEncoder().encode(undisturbed).length;

describe("response", () => {
  it("stands in for the page with status, headers and body", async () => {
    const headers = { "content-type": "text/html", Server: "proxy" };
    const response = await page1(faulty({ kind: "response", status: 502, headers, body: "<h1>Bad gateway</h1>" }));
    expect(response.status).toBe(502);
    expect(response.headers.get("Content-Type")).toBe("text/html");
    expect(response.headers.get("Server")).toBe("proxy");
    expect(await response.text()).toBe("<h1>Bad gateway</h1>");
  });

  it("has the API's error for a body if none is given, and none below 400", async () => {
    expect(await refused(page1(faulty({ kind: "response", status: 500 })))).toEqual({
      status: 500,
      error: "Failure 500 on demand",
    });
    expect(await (await page1(faulty({ kind: "response" }))).text()).toBe("");
    expect((await page1(faulty({ kind: "response", status: 204 }))).status).toBe(204);
  });

  it("says nothing by default that an export takes for a part of the simulator's secret", async () => {
    const simulator = faulty({ kind: "response", status: 404 });
    const { projectId, serviceAccount } = simulator;
    const pages = profilePages({ projectId, serviceAccount, fetch: simulator });
    await expect(pages.pipeTo(new WritableStream())).rejects.toThrow("HTTP 404: Failure 404 on demand");
  });

  it("can be a 200 with any bytes", async () => {
    const body = Uint8Array.of(0x7b, 0xff);
    const response = await page1(faulty({ kind: "response", body }));
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(body);
  });
});

describe("rate-limit", () => {
  const headersOf = async (fault: Fault) => {
    const { status, headers } = await page1(faulty(fault));
    expect(status).toBe(429);
    return [headers.get("RateLimit-Policy"), headers.get("RateLimit"), headers.get("Retry-After")];
  };
  const policy = '"project";q=60;w=3600, "project-concurrency";q=5;qu="concurrent-requests"';

  it("comes in the three shapes of the API", async () => {
    expect(await headersOf({ kind: "rate-limit", shape: "window" })).toEqual([
      policy,
      '"project";r=0;t=3600, "project-concurrency";r=4',
      "3600",
    ]);
    expect(await headersOf({ kind: "rate-limit", shape: "concurrency" })).toEqual([
      policy,
      '"project";r=59, "project-concurrency";r=0;t=10',
      null,
    ]);
    expect(await headersOf({ kind: "rate-limit", shape: "shedding" })).toEqual([null, null, null]);
  });

  it("names the seconds it is given", async () => {
    const [, limit, retryAfter] = await headersOf({ kind: "rate-limit", shape: "window", seconds: 1 });
    expect(limit).toContain("r=0;t=1,");
    expect(retryAfter).toBe("1");
    expect((await headersOf({ kind: "rate-limit", shape: "concurrency", seconds: 0 }))[1]).toContain("r=0;t=0");
  });

  it("neither waits nor counts", async () => {
    const simulator = engageSimulator({
      latency: 3_600_000,
      faults: [{ fault: { kind: "rate-limit", shape: "shedding" } }],
    });
    expect((await call(simulator)).status).toBe(429);
    expect([simulator.countedQueries, simulator.servedLatency]).toEqual([0, 0]);
  });
});

it("timeout is a 400 with the API's words", async () => {
  expect(await refused(page1(faulty({ kind: "timeout" })))).toEqual({ status: 400, error: "Timeout Error." });
});

describe("reset", () => {
  it.each([["request"], ["headers"]] as const)(
    "rejects as fetch does, with an error of its own: %s",
    async (during) => {
      const simulator = faulty({ kind: "reset", during });
      const error = await page1(simulator).catch((reason) => reason);
      expect(error).toBeInstanceOf(ConnectionReset);
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ name: "ConnectionReset", during });
      expect(simulator.requests.at(-1)).toMatchObject({ status: undefined, fault: "reset" });
      expect(simulator.inFlight).toBe(0);
    },
  );
});

describe("cut", () => {
  it.each([
    [undefined, Math.floor(bytes / 2)],
    [0, 0],
    [0.25, Math.floor(bytes / 4)],
    [1, 1],
    [70_000, 70_000],
    [1e9, bytes - 1],
  ])("breaks the body off after %s", async (after, length) => {
    const simulator = faulty(after === undefined ? { kind: "cut" } : { kind: "cut", after });
    const response = await page1(simulator);
    expect(response.status).toBe(200);
    const reader = response.body?.getReader();
    let received = 0;
    const read = async () => {
      for (let next = await reader?.read(); !next?.done; next = await reader?.read())
        received += next?.value.length ?? 0;
    };
    await expect(read()).rejects.toMatchObject({ name: "ConnectionReset", during: "body" });
    expect(received).toBe(length);
    expect(simulator.inFlight).toBe(0);
  });

  it("can end in good order, with half of the JSON", async () => {
    const simulator = faulty({ kind: "cut", ending: "close" });
    const text = await (await page1(simulator)).text();
    expect(undisturbed.startsWith(text.slice(0, -1))).toBe(true);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(simulator.inFlight).toBe(0);
  });

  it("happens once: the same request again brings the whole page", async () => {
    const simulator = faulty({ kind: "cut" });
    const { session_id } = await read(call(simulator));
    const form = { page: "1", session_id };
    expect((await broken(await call(simulator, form))).error).toBeInstanceOf(ConnectionReset);
    expect(await (await call(simulator, form)).text()).toBe(undisturbed);
  });
});

describe("silence", () => {
  it("stall sends a beginning and then nothing until the request is aborted", async () => {
    const simulator = faulty({ kind: "stall", after: 30 });
    const client = new AbortController();
    const response = await page1(simulator, client.signal);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(30);
    const next = vi.fn();
    const reading = reader?.read().finally(next);
    reading?.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    expect(next).not.toHaveBeenCalled();
    client.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    expect(simulator.inFlight).toBe(0);
  });

  it("hang never answers until the request is aborted", async () => {
    const simulator = faulty({ kind: "hang" });
    const client = new AbortController();
    const waiting = expect(page1(simulator, client.signal)).rejects.toThrow("enough");
    await vi.waitFor(() => expect(simulator.requests[1]?.fault).toBe("hang"));
    expect(simulator.inFlight).toBe(1);
    client.abort(new Error("enough"));
    await waiting;
    expect(simulator.inFlight).toBe(0);
  });
});

describe("lost-session", () => {
  it("forgets the session for good", async () => {
    const simulator = faulty({ kind: "lost-session" });
    const { session_id } = await read(call(simulator));
    for (const page of ["1", "1", "2"]) {
      const { status, error } = await refused(call(simulator, { page, session_id }));
      expect(status).toBe(400);
      expect(error).toMatch(/^request for page in uncached query for params/);
    }
    expect((await page1(simulator)).status).toBe(200);
  });

  it("on page 0 answers with a session that is gone already", async () => {
    const simulator = faulty({ kind: "lost-session" }, 0);
    expect((await page1(simulator)).status).toBe(400);
    expect((await page1(simulator)).status).toBe(200);
  });
});
