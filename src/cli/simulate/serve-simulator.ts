import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { EngageError } from "../../engage-error.ts";
import { optionChecks } from "../../option.ts";
import { ConnectionReset } from "../../simulator/faults/connection-reset.ts";

const check = optionChecks("serve the simulator");
const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

/** A simulator behind a port. */
export interface SimulatorServer {
  /** Without a path: `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Ends open connections at once. */
  close(): Promise<void>;
}

/**
 * Puts a simulator behind a port of this machine. A connection reset becomes a destroyed socket; a client that leaves
 * aborts the request's signal.
 *
 * @param simulator from request to response
 * @param options `port` 0 takes a free one; `host` must be loopback, since the simulator's credentials are no secret
 * @throws {EngageError} `usage` if the port cannot be had
 */
export async function serveSimulator(
  simulator: (request: Request) => Promise<Response>,
  { port, host = "127.0.0.1" }: { readonly port: number; readonly host?: string },
): Promise<SimulatorServer> {
  check.oneOf("host", host, LOOPBACK);
  check.whole("port", port, { to: 65_535 });
  const server = createServer((incoming, outgoing) => void exchange(simulator, incoming, outgoing));
  await listen(server, port, host);
  const { port: actual } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    async close() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const reason =
      code === "EADDRINUSE"
        ? "the port is in use, choose another one or 0 for any that is free"
        : code === "EACCES"
          ? "the port needs privileges, choose one above 1023"
          : "the port cannot be opened";
    throw new EngageError("usage", `Cannot serve the simulator, ${reason}: ${port}`, { cause });
  }
}

// On Node a signal derived from a request falls silent once that request is collected.
const underWay = new Set<Request>();

async function exchange(
  simulator: (request: Request) => Promise<Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const left = new AbortController();
  const request = requestOf(incoming, left.signal);
  if (request === undefined) {
    outgoing.writeHead(400).end();
    return;
  }
  underWay.add(request);
  outgoing.on("close", () => {
    left.abort();
    underWay.delete(request);
  });
  try {
    await send(await simulator(request), outgoing, left.signal);
  } catch (error) {
    if (error instanceof ConnectionReset) reset(outgoing, error.during);
    else if (outgoing.headersSent || left.signal.aborted) outgoing.destroy();
    else outgoing.writeHead(500, { "Content-Type": "text/plain" }).end(String(error));
  }
}

/** Undefined for what no `Request` can be: a method such as TRACE, or a path that is none. */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = "GET", url = "/", headers } = incoming;
  const init: RequestInit & { duplex: "half" } = { method, signal, duplex: "half" };
  init.headers = Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]);
  if (method !== "GET" && method !== "HEAD") {
    init.body = Readable.toWeb(incoming) as ReadableStream<Uint8Array<ArrayBuffer>>;
  }
  try {
    return new Request(new URL(url, "http://127.0.0.1"), init);
  } catch {
    return undefined;
  }
}

async function send(response: Response, outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  // A body that stalls at once must not keep its headers back.
  outgoing.flushHeaders();
  for await (const chunk of response.body ?? []) {
    if (!outgoing.write(chunk)) await once(outgoing, "drain", { signal });
  }
  outgoing.end();
}

function reset({ socket }: ServerResponse, during: ConnectionReset["during"]): void {
  if (during === "request") socket?.resetAndDestroy();
  if (during === "headers") socket?.write("HTTP/1.1 200 OK\r\nContent-Ty");
  // What was written still arrives.
  socket?.destroySoon();
}
