import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, read } from "../../helpers/engage-call.ts";

const POLICY = '"project";q=60;w=3600, "project-concurrency";q=5;qu="concurrent-requests"';
const HOUR = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

/** The headers that tell the shape of a 429. */
function shape({ status, headers }: Response) {
  expect(status).toBe(429);
  return [headers.get("RateLimit-Policy"), headers.get("RateLimit"), headers.get("Retry-After")];
}

describe("queries of an hour", () => {
  it("are refused after 60 until the first of them is an hour old", async () => {
    const simulator = engageSimulator({ profiles: 1 });
    for (let query = 0; query < 60; query += 1) {
      await read(call(simulator));
      vi.advanceTimersByTime(1_000);
    }
    const refused = await call(simulator);
    expect(shape(refused)).toEqual([POLICY, '"project";r=0;t=3540, "project-concurrency";r=5', "3540"]);
    vi.advanceTimersByTime(3_539_999);
    expect((await call(simulator)).status).toBe(429);
    vi.advanceTimersByTime(1);
    expect((await call(simulator)).status).toBe(200);
    expect(simulator.countedQueries).toBe(61);
  });

  it("do not count what names a session, which is never refused for them", async () => {
    const simulator = engageSimulator({ profiles: 50, pageSize: 1, hourlyQueries: 1 });
    const { session_id } = await read(call(simulator));
    for (let page = 1; page < 50; page += 1) await read(call(simulator, { page: String(page), session_id }));
    expect(simulator.countedQueries).toBe(1);
    expect((await call(simulator)).status).toBe(429);
  });

  it("count an empty session as a new query, a server's error and a bad query, but not 401, 402 and 429", async () => {
    const statuses = [401, 402, 429, 500, 503];
    const simulator = engageSimulator({
      profiles: 1,
      faults: statuses.map((status) => ({ fault: { kind: "response", status } })),
    });
    for (const status of statuses) expect((await call(simulator)).status).toBe(status);
    expect(simulator.countedQueries).toBe(2);
    await read(call(simulator, { session_id: "" }));
    await call(simulator, { page_size: "x" });
    expect(simulator.countedQueries).toBe(4);
    await call(simulator, {}, { headers: { Authorization: "" } });
    expect(simulator.countedQueries).toBe(4);
  });

  it("are not limited if the option says Infinity", async () => {
    const simulator = engageSimulator({ profiles: 1, hourlyQueries: Number.POSITIVE_INFINITY });
    for (let query = 0; query < 100; query += 1) await read(call(simulator));
    expect(simulator.countedQueries).toBe(100);
  });
});

describe("queries at once", () => {
  it("are refused above 5, with a session too, until a body has been read", async () => {
    const simulator = engageSimulator({ profiles: 2_000 });
    const open = await Promise.all(Array.from({ length: 5 }, () => call(simulator)));
    const refused = await call(simulator, { page: "1", session_id: "1234567890-OGSGYS" });
    expect(shape(refused)).toEqual([POLICY, '"project";r=55, "project-concurrency";r=0;t=10', null]);
    await open[0]?.text();
    expect((await call(simulator)).status).toBe(200);
    expect(simulator.countedQueries).toBe(6);
  });

  it("have the number that the option says", async () => {
    const two = engageSimulator({ concurrentQueries: 2 });
    const statuses = async (simulator: typeof two) =>
      (await Promise.all(Array.from({ length: 7 }, () => call(simulator)))).map(({ status }) => status);
    expect(await statuses(two)).toEqual([200, 200, 429, 429, 429, 429, 429]);
    const all = engageSimulator({ concurrentQueries: Number.POSITIVE_INFINITY });
    expect(new Set(await statuses(all))).toEqual(new Set([200]));
  });

  it("have the number that a function says at the moment, while the project's limit is the same", async () => {
    let allowed = 1;
    const simulator = engageSimulator({ concurrentQueries: () => allowed });
    const open = [await call(simulator)];
    const refused = await call(simulator);
    expect(shape(refused)).toEqual([POLICY, '"project";r=59, "project-concurrency";r=0;t=10', null]);
    allowed = 3;
    open.push(await call(simulator), await call(simulator));
    expect((await call(simulator)).status).toBe(429);
    allowed = 0;
    await Promise.all(open.map((response) => response.text()));
    expect((await call(simulator)).status).toBe(429);
    allowed = Number.POSITIVE_INFINITY;
    expect((await call(simulator)).status).toBe(200);
  });

  it("can change after so many that were let in, those refused left aside", async () => {
    const simulator = engageSimulator({ concurrentQueries: (admitted) => (admitted < 3 ? 1 : 2) });
    const statuses: number[] = [];
    for (let pair = 0; pair < 4; pair += 1) {
      const responses = await Promise.all([call(simulator), call(simulator)]);
      statuses.push(...responses.map(({ status }) => status));
      await Promise.all(responses.map((response) => response.text()));
    }
    expect(statuses).toEqual([200, 429, 200, 429, 200, 200, 200, 200]);
  });

  it("are a usage error if the function says no number", async () => {
    const simulator = engageSimulator({ concurrentQueries: () => 0.5 });
    await expect(call(simulator)).rejects.toMatchObject({ code: "usage", option: "concurrentQueries" });
    expect(simulator.inFlight).toBe(0);
  });

  it.each([
    ["reads it", (response: Response) => response.text()],
    ["cancels it", (response: Response) => response.body?.cancel()],
    ["aborts it", (_: Response, client: AbortController) => client.abort()],
  ])("free their place when the client %s", async (_, leave) => {
    const simulator = engageSimulator({ concurrentQueries: 1 });
    const client = new AbortController();
    const response = await call(simulator, {}, { signal: client.signal });
    expect((await call(simulator)).status).toBe(429);
    await leave(response, client);
    expect((await call(simulator)).status).toBe(200);
  });

  it("free their place when they wait for their latency and the client leaves", async () => {
    const simulator = engageSimulator({ concurrentQueries: 1, latency: HOUR });
    const client = new AbortController();
    const waiting = expect(call(simulator, {}, { signal: client.signal })).rejects.toThrow("enough");
    await vi.waitFor(() => expect(simulator.requests[0]?.latency).toBe(HOUR));
    expect((await call(simulator)).status).toBe(429);
    client.abort(new Error("enough"));
    await waiting;
    expect(simulator.inFlight).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("latency", () => {
  const latencies = async (seed: number) => {
    const simulator = engageSimulator({ seed, profiles: 40, pageSize: 1, latency: 200, jitter: 0.5 });
    const first = call(simulator);
    await vi.runAllTimersAsync();
    const { session_id } = await read(first);
    for (const page of [...Array(40).keys()].slice(1)) {
      const next = call(simulator, { page: String(page), session_id });
      await vi.runAllTimersAsync();
      await read(next);
    }
    const each = simulator.requests.map(({ latency }) => latency);
    expect(simulator.servedLatency).toBe(each.reduce((sum, latency) => sum + latency, 0));
    return each;
  };

  it("strays within the jitter around its mean, the same for the same seed", async () => {
    const each = await latencies(3);
    expect(Math.min(...each)).toBeGreaterThanOrEqual(100);
    expect(Math.max(...each)).toBeLessThanOrEqual(300);
    expect(Math.max(...each) - Math.min(...each)).toBeGreaterThan(150);
    expect(await latencies(3)).toEqual(each);
    expect(await latencies(4)).not.toEqual(each);
  });

  it("passes before the headers come, and not before a refusal", async () => {
    const simulator = engageSimulator({ latency: 300 });
    const served = vi.fn();
    const response = call(simulator).then(served);
    await vi.advanceTimersByTimeAsync(299);
    expect(served).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await response;
    expect(served).toHaveBeenCalledOnce();
    expect((await call(simulator, { page: "x" })).status).toBe(400);
  });
});
