import { createServer, type IncomingMessage, type ServerResponse, request as startRequest } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

export interface ProxyOptions {
  /** `user:password` that it asks for. */
  readonly credentials?: string;
  /** Answers everything with this status, and nothing is passed on. */
  readonly refuseWith?: number;
}

export interface ProxyServer {
  /** Without credentials. */
  readonly url: string;
  readonly host: string;
  /** The addresses that were asked for, in order; of a tunnel host and port. */
  readonly requests: readonly string[];
}

/** A real proxy for tunnels and for plain requests; every tunnel ends at `tunnelTo`, when that is given, so that names need not exist. */
export async function startProxy(
  { credentials, refuseWith }: ProxyOptions = {},
  tunnelTo?: { readonly port: number },
): Promise<ProxyServer> {
  const requests: string[] = [];
  const sockets = new Set<Duplex>();
  const refusal = ({ headers }: IncomingMessage): number | undefined => {
    const expected = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
    return refuseWith ?? (headers["proxy-authorization"] === expected ? undefined : 407);
  };
  const server = createServer((incoming, response) => {
    requests.push(incoming.url ?? "");
    const status = refusal(incoming);
    if (status === undefined) passOn(incoming, response);
    else response.writeHead(status, { "proxy-authenticate": "Basic" }).end("the proxy says no");
  });
  server.on("connection", (socket) => sockets.add(socket));
  server.on("connect", (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    requests.push(incoming.url ?? "");
    socket.on("error", () => {});
    const status = refusal(incoming);
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    const [, host = "", port = ""] = /^(.*):(\d+)$/.exec(incoming.url ?? "") ?? [];
    const target = tunnelTo ? connect(tunnelTo.port, "127.0.0.1") : connect(Number(port), host);
    sockets.add(target);
    tunnel(socket, target, head);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, requests };
}

function passOn(incoming: IncomingMessage, response: ServerResponse): void {
  const { "proxy-authorization": _, ...headers } = incoming.headers;
  const outgoing = startRequest(incoming.url ?? "", { method: incoming.method, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  outgoing.on("error", () => response.destroy());
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
}

function tunnel(socket: Duplex, target: Socket, head: Buffer): void {
  target.on("connect", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    target.write(head);
    socket.pipe(target).pipe(socket);
  });
  target.on("error", () => socket.destroy());
  socket.on("close", () => target.destroy());
}
