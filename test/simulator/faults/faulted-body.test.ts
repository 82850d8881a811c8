import { gunzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { engageSimulator, type Fault } from "../../../src/simulator.ts";
import { call, faulty, page1, read, readBytes } from "../../helpers/engage-call.ts";
import { elapse, fakeTime } from "../../helpers/fake-time.ts";

const MB = 2 ** 20;

describe("endless", () => {
  const begin = async (fault: Fault, bytes: number) =>
    new TextDecoder().decode(await readBytes(await page1(faulty(fault)), bytes));

  it("brings the page's profiles again and again", async () => {
    const simulator = engageSimulator({
      profiles: ['{"$distinct_id":1}', '{"$distinct_id":2}'],
      faults: [{ fault: { kind: "endless" } }],
    });
    const text = new TextDecoder().decode(await readBytes(await call(simulator), 200));
    expect(text.split('"results":')[1]).toMatch(
      /^\[\{"\$distinct_id":1\},\{"\$distinct_id":2\},\{"\$distinct_id":1\},/,
    );
  });

  it("brings profiles of a project that has none", async () => {
    const simulator = engageSimulator({ profiles: 0, faults: [{ fault: { kind: "endless" } }] });
    expect(new TextDecoder().decode(await readBytes(await call(simulator), 100))).toContain('"results":[{},{}');
  });

  it("brings white space or one profile's text after the page's profiles", async () => {
    const whole = await (await page1(faulty({ kind: "hang" }, 2))).text();
    const spaces = await begin({ kind: "endless", of: "spaces" }, whole.length * 3);
    expect(spaces.startsWith(whole.slice(0, -2))).toBe(true);
    expect(spaces.slice(whole.length)).toMatch(/^ +$/);
    const text = await begin({ kind: "endless", of: "text" }, whole.length * 3);
    expect(text.slice(whole.length - 2)).toMatch(/^,\{"\$distinct_id":"x+$/);
  });

  it("leaves a timer its turn, though nothing waits", async () => {
    const simulator = faulty({ kind: "endless" });
    const client = new AbortController();
    const response = await page1(simulator, client.signal);
    setTimeout(() => client.abort(new Error("enough")), 1);
    const reading = async () => {
      for await (const _ of response.body ?? []);
    };
    await expect(reading()).rejects.toThrow("enough");
    expect(simulator.inFlight).toBe(0);
  });

  it("ends with its reader", async () => {
    const simulator = faulty({ kind: "endless" });
    await readBytes(await page1(simulator), MB);
    expect(simulator.inFlight).toBe(0);
  });
});

describe("gzip-bomb", () => {
  it("is the page with white space, for those who do not ask for gzip", async () => {
    const response = await page1(faulty({ kind: "gzip-bomb", bytes: 100_000 }));
    expect(response.headers.get("Content-Encoding")).toBeNull();
    const text = await response.text();
    expect(text.length).toBeGreaterThan(1_000_000);
    expect(text.endsWith(`${" ".repeat(100_000)}]}`)).toBe(true);
    expect(JSON.parse(text).results).toHaveLength(1_000);
  });

  it("is small on the wire for those who do", async () => {
    const simulator = engageSimulator({ profiles: 1, faults: [{ fault: { kind: "gzip-bomb", bytes: 16 * MB } }] });
    const response = await call(simulator, {}, { headers: { "Accept-Encoding": "gzip, deflate" } });
    expect(response.headers.get("Content-Encoding")).toBe("gzip");
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(bytes.length).toBeLessThan(MB / 16);
    const text = gunzipSync(bytes).toString();
    expect(text.length).toBeGreaterThan(16 * MB);
    expect(JSON.parse(text)).toMatchObject({ status: "ok", total: 1 });
    expect(simulator.inFlight).toBe(0);
  });
});

describe("drip", () => {
  fakeTime();

  const chunksAfter = async (response: Response, milliseconds: number) => {
    const reader = response.body?.getReader();
    let text = "";
    const reading = (async () => {
      for (let next = await reader?.read(); !next?.done; next = await reader?.read()) {
        text += new TextDecoder().decode(next?.value);
      }
    })();
    await elapse(milliseconds);
    await reader?.cancel();
    await reading;
    return text;
  };

  it("sends an error byte by byte, and never its end", async () => {
    const simulator = faulty({ kind: "drip" });
    const response = await page1(simulator);
    expect(response.status).toBe(400);
    expect(await chunksAfter(response, 10_000)).toBe('{"status":"');
    expect(simulator.inFlight).toBe(0);
    const longer = await page1(faulty({ kind: "drip", status: 503, interval: 1 }));
    expect(longer.status).toBe(503);
    expect(await chunksAfter(longer, 100)).toMatch(/^\{"status":"error","error":"Failure 503 on demand"\} +$/);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("with 200 sends the page byte by byte, until its end", async () => {
    const simulator = engageSimulator({ profiles: 0, faults: [{ fault: { kind: "drip", status: 200, interval: 0 } }] });
    expect(await read(call(simulator))).toMatchObject({ status: "ok", results: [] });
    expect(simulator.inFlight).toBe(0);
  });

  it("begins no session", async () => {
    const simulator = faulty({ kind: "drip" }, 0);
    await (await call(simulator)).body?.cancel();
    expect((await read(call(simulator))).session_id).toMatch(/^1234567890-/);
  });
});

describe("late-headers", () => {
  fakeTime();

  it("brings the page after a wait that Node's own fetch does not stand", async () => {
    const simulator = faulty({ kind: "late-headers" }, 0);
    const answered = vi.fn();
    const response = call(simulator).finally(answered);
    await elapse(329_999);
    expect(answered).not.toHaveBeenCalled();
    await elapse(1);
    expect(answered).toHaveBeenCalled();
    expect((await read(response)).results).toHaveLength(1_000);
    expect(simulator.servedLatency).toBe(330_000);
  });

  it("ends at once when the client leaves", async () => {
    const simulator = faulty({ kind: "late-headers", delay: 60_000 }, 0);
    const client = new AbortController();
    const response = call(simulator, {}, { signal: client.signal });
    await vi.waitFor(() => expect(simulator.requests[0]?.fault).toBe("late-headers"));
    client.abort(new Error("enough"));
    await expect(response).rejects.toThrow("enough");
    expect(simulator.inFlight).toBe(0);
  });
});
