import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type SimulatorServer, serveSimulator } from "../../../src/cli/simulate/serve-simulator.ts";
import { type EngageSimulator, type EngageSimulatorOptions, engageSimulator } from "../../../src/simulator.ts";
import { call, read } from "../../helpers/engage-call.ts";

setFlagsFromString("--expose-gc");
const collectGarbage: () => void = runInNewContext("gc");

const servers: SimulatorServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(options: EngageSimulatorOptions) {
  const simulator = engageSimulator(options);
  const server = await serveSimulator(simulator, { port: 0 });
  servers.push(server);
  return { simulator, server };
}

function fetchPage(simulator: EngageSimulator, server: SimulatorServer, signal?: AbortSignal): Promise<Response> {
  const url = `${server.url}/api/query/engage?project_id=${simulator.projectId}`;
  return call(simulator, {}, { url, fetch, ...(signal ? { signal } : {}) });
}

/** The code of the error beneath a failed fetch. */
async function failure(promise: Promise<unknown>): Promise<string | undefined> {
  const error = await promise.then(
    () => undefined,
    (reason: Error) => reason,
  );
  expect(error).toBeInstanceOf(TypeError);
  return (error?.cause as NodeJS.ErrnoException | undefined)?.code;
}

describe("serveSimulator", () => {
  it("serves the bytes that the simulator gives when it is called directly", async () => {
    const { simulator, server } = await serve({ profiles: 1_500 });
    const served = await fetchPage(simulator, server);
    const direct = await call(engageSimulator({ profiles: 1_500 }));
    expect(served.headers.get("Content-Type")).toBe("application/json");
    expect(await served.text()).toBe(await direct.text());
  });

  it("passes status and headers of a refusal", async () => {
    const { simulator, server } = await serve({
      faults: [{ fault: { kind: "rate-limit", shape: "window", seconds: 7 } }],
    });
    const response = await fetchPage(simulator, server);
    expect(response.status).toBe(429);
    expect(response.headers.get("Retry-After")).toBe("7");
  });

  it("answers other paths and methods with 404", async () => {
    const { server } = await serve({});
    expect((await fetch(`${server.url}/`)).status).toBe(404);
    expect((await fetch(`${server.url}/api/query/engage?project_id=1234567`)).status).toBe(404);
  });

  it("resets the connection before any header", async () => {
    const { simulator, server } = await serve({ faults: [{ fault: { kind: "reset" } }] });
    expect(await failure(fetchPage(simulator, server))).toBe("ECONNRESET");
    expect((await fetchPage(simulator, server)).status).toBe(200);
  });

  it("ends the connection in the middle of the headers", async () => {
    const { simulator, server } = await serve({ faults: [{ fault: { kind: "reset", during: "headers" } }] });
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    const { username, secret } = simulator.serviceAccount;
    socket.write(
      `POST /api/query/engage?project_id=1234567 HTTP/1.1\r\nHost: simulator\r\nContent-Length: 0\r\n` +
        `Content-Type: application/x-www-form-urlencoded\r\nAuthorization: Basic ${btoa(`${username}:${secret}`)}\r\n\r\n`,
    );
    expect(await text(socket)).toBe("HTTP/1.1 200 OK\r\nContent-Ty");
  });

  it("breaks a real fetch in the middle of the body, after exactly the bytes asked for", async () => {
    const { simulator, server } = await serve({ faults: [{ fault: { kind: "cut", after: 100_000 } }] });
    const response = await fetchPage(simulator, server);
    expect(response.status).toBe(200);
    let received = 0;
    const reading = (async () => {
      for await (const chunk of response.body ?? []) received += chunk.length;
    })();
    await expect(reading).rejects.toThrow(TypeError);
    expect(received).toBe(100_000);
    expect(simulator.inFlight).toBe(0);
  });

  it("sends headers and a beginning, then nothing, until the client leaves", async () => {
    const { simulator, server } = await serve({ faults: [{ fault: { kind: "stall", after: 10 } }] });
    const client = new AbortController();
    const response = await fetchPage(simulator, server, client.signal);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(10);
    expect(simulator.inFlight).toBe(1);
    client.abort(new Error("enough"));
    await expect(reader?.read()).rejects.toThrow("enough");
    await vi.waitFor(() => expect(simulator.inFlight).toBe(0));
  });

  it("sends the headers of a body that stalls at once", async () => {
    const { simulator, server } = await serve({ faults: [{ fault: { kind: "stall", after: 0 } }] });
    expect((await fetchPage(simulator, server, new AbortController().signal)).status).toBe(200);
  });

  it("tells the simulator when a client leaves before the answer", async () => {
    const { simulator, server } = await serve({ faults: [{ fault: { kind: "hang" } }] });
    const client = new AbortController();
    const response = fetchPage(simulator, server, client.signal);
    await vi.waitFor(() => expect(simulator.inFlight).toBe(1));
    client.abort(new Error("enough"));
    await expect(response).rejects.toThrow("enough");
    await vi.waitFor(() => expect(simulator.inFlight).toBe(0));
  });

  it("tells a handler that passes a derived request on, even after garbage collection", async () => {
    const simulator = engageSimulator({ faults: [{ fault: { kind: "stall" } }] });
    const server = await serveSimulator((request) => simulator(new Request(request.url, request)), { port: 0 });
    servers.push(server);
    const client = new AbortController();
    const response = await fetchPage(simulator, server, client.signal);
    await response.body?.getReader().read();
    for (let turn = 0; turn < 5; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      collectGarbage();
    }
    client.abort();
    await vi.waitFor(() => expect(simulator.inFlight).toBe(0));
  });

  it("tells the simulator when a client leaves in the middle of the body", async () => {
    const { simulator, server } = await serve({ profiles: 40_000, pageSize: 40_000 });
    const client = new AbortController();
    const response = await fetchPage(simulator, server, client.signal);
    await response.body?.getReader().read();
    client.abort();
    await vi.waitFor(() => expect(simulator.inFlight).toBe(0));
  });

  it("waits for a client that reads slowly instead of holding the page", async () => {
    const { simulator, server } = await serve({ profiles: 40_000, pageSize: 40_000 });
    const response = await fetchPage(simulator, server);
    await response.body?.getReader().read();
    // 48 MB do not fit into the buffers between the two.
    expect(simulator.inFlight).toBe(1);
  });

  it("ends open and idle connections at once when it is closed", async () => {
    const { simulator, server } = await serve({ faults: [{ fault: { kind: "hang" } }] });
    const hanging = failure(fetchPage(simulator, server));
    await vi.waitFor(() => expect(simulator.inFlight).toBe(1));
    await server.close();
    await server.close();
    expect(await hanging).toBe("UND_ERR_SOCKET");
    await vi.waitFor(() => expect(simulator.inFlight).toBe(0));
    expect(await failure(fetchPage(simulator, server))).toBe("ECONNREFUSED");
  });

  it("says what to do about a port in use", async () => {
    const { simulator, server } = await serve({});
    const port = Number(new URL(server.url).port);
    await expect(serveSimulator(simulator, { port })).rejects.toMatchObject({
      code: "usage",
      message: `Cannot serve the simulator, the port is in use, choose another one or 0 for any that is free: ${port}`,
    });
  });

  it("refuses a host that others can reach, and a port that is none", async () => {
    const simulator = engageSimulator();
    await expect(serveSimulator(simulator, { port: 0, host: "0.0.0.0" })).rejects.toMatchObject({ code: "usage" });
    await expect(serveSimulator(simulator, { port: 65_536 })).rejects.toMatchObject({ code: "usage" });
  });

  it("answers 500 if the handler itself fails", async () => {
    const server = await serveSimulator(() => Promise.reject(new RangeError("broken")), { port: 0 });
    servers.push(server);
    const response = await fetch(server.url);
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("RangeError: broken");
  });

  it("serves five requests at once and refuses the sixth", async () => {
    const { simulator, server } = await serve({ faults: [{ times: 5, fault: { kind: "stall" } }] });
    await Promise.all(Array.from({ length: 5 }, () => fetchPage(simulator, server)));
    const sixth = await fetchPage(simulator, server);
    expect(sixth.status).toBe(429);
    expect(await read(sixth)).toMatchObject({ status: "error" });
    expect(simulator.peakInFlight).toBe(6);
  });
});
