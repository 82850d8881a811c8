import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { serveSimulator } from "../../../src/cli/simulate/serve-simulator.ts";
import { type EngageSimulatorOptions, engageSimulator, type Fault } from "../../../src/simulator.ts";
import { call, read, readBytes } from "../../helpers/engage-call.ts";

// Faults as a client meets them: over a real port, by the runtime's own fetch.

const MB = 2 ** 20;

async function serve(fault: Fault, options: EngageSimulatorOptions = {}) {
  const simulator = engageSimulator({ profiles: 30, pageSize: 10, faults: [{ page: 1, fault }], ...options });
  const server = await serveSimulator(simulator, { port: 0 });
  onTestFinished(() => server.close());
  const url = `${server.url}/api/query/engage?project_id=${simulator.projectId}`;
  const ask = (form: Record<string, string>, signal = new AbortController().signal) =>
    call(simulator, form, { url, fetch, signal });
  return { simulator, server, ask };
}

/** The response to page 1, which has the fault. */
async function page1(fault: Fault, signal?: AbortSignal): Promise<{ response: Response; inFlight: () => number }> {
  const { simulator, ask } = await serve(fault);
  const { session_id } = await read(ask({}));
  return { response: await ask({ page: "1", session_id }, signal), inFlight: () => simulator.inFlight };
}

async function textOf(fault: Fault): Promise<string> {
  return (await page1(fault)).response.text();
}

describe("serveSimulator", () => {
  it.each<[Fault, string]>([
    [{ kind: "wrong-page" }, '{"page":0,"page_size":10,'],
    [{ kind: "other-session" }, '"session_id":"1234567890-OTHERS"'],
    [{ kind: "growing-total", by: 4 }, '"total":34,'],
    [{ kind: "shrinking-page-size", by: 3 }, '"page_size":7,'],
    [{ kind: "invalid-profile" }, '"damaged":NaN'],
    [{ kind: "invalid-profile", damage: "control-character" }, '"damaged":"\u0001"'],
    [{ kind: "invalid-profile", damage: "properties-list" }, '"$properties":[]}'],
    [{ kind: "invalid-profile", damage: "no-object" }, '["not a profile",{'],
    [{ kind: "gzip-bomb", bytes: 50 }, `}${" ".repeat(50)}]}`],
    [{ kind: "late-headers", delay: 20 }, '"page":1,'],
    [{ kind: "drip", status: 200, interval: 0 }, '"page":1,'],
  ])("sends the page with its fault: %j", async (fault, expected) => {
    expect(await textOf(fault)).toContain(expected);
  });

  it("sends bytes that are no UTF-8 as they are", async () => {
    const { response } = await page1({ kind: "invalid-profile", damage: "broken-utf-8" });
    const bytes = new Uint8Array(await response.arrayBuffer());
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(bytes)).toThrow(TypeError);
  });

  it("sends an endless body until the client leaves, without holding it", async () => {
    const { response, inFlight } = await page1({ kind: "endless" });
    expect(response.status).toBe(200);
    expect(await readBytes(response, 20 * MB)).toHaveLength(20 * MB);
    await vi.waitFor(() => expect(inFlight()).toBe(0));
  });

  it("sends a bomb compressed, which the client's fetch unpacks", async () => {
    const { simulator, server, ask } = await serve({ kind: "gzip-bomb", bytes: 64 * MB });
    const { session_id } = await read(ask({}));
    const response = await ask({ page: "1", session_id });
    expect(response.headers.get("Content-Encoding")).toBe("gzip");
    expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(64 * MB);
    const wire = connect(Number(new URL(server.url).port), "127.0.0.1");
    const body = `page=1&session_id=${session_id}`;
    wire.write(
      "POST /api/query/engage?project_id=1234567 HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n" +
        `Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Bearer ${simulator.token}\r\n` +
        `Accept-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect((await buffer(wire)).length).toBeLessThan(MB);
  });

  it("drips an error until the client leaves", async () => {
    const client = new AbortController();
    const { response, inFlight } = await page1({ kind: "drip", interval: 1 }, client.signal);
    expect(response.status).toBe(400);
    expect(new TextDecoder().decode(await readBytes(response, 60))).toMatch(
      /^\{"status":"error","error":"Failure 400 on demand"\} +$/,
    );
    await vi.waitFor(() => expect(inFlight()).toBe(0));
  });

  it("echoes credentials", async () => {
    const { response } = await page1({ kind: "echo-credentials", encoding: "decoded" });
    expect([response.status, await response.json()]).toEqual([
      401,
      { status: "error", error: "Invalid credentials: simulator.1a2b3c.mp-service-account:simulated-secret" },
    ]);
  });

  it("sends the project's own time, and lists its cohorts", async () => {
    const { simulator, server } = await serve({ kind: "hang" }, { now: 0 });
    const response = await fetch(`${server.url}/api/query/cohorts/list?project_id=${simulator.projectId}`, {
      headers: { Authorization: `Bearer ${simulator.token}` },
    });
    expect(response.headers.get("Date")).toBe("Thu, 01 Jan 1970 00:00:00 GMT");
    expect(await response.json()).toHaveLength(3);
  });

  it.each(["TRACE /x", "GET //", "GET http://["])("answers 400 to what is no request of the web: %s", async (line) => {
    const { server } = await serve({ kind: "hang" });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(`${line} HTTP/1.1\r\nHost: simulator\r\nConnection: close\r\n\r\n`);
    expect((await buffer(socket)).toString()).toMatch(/^HTTP\/1\.1 400 /);
    expect((await fetch(server.url)).status).toBe(404);
  });
});
