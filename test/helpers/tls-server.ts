import { readFileSync } from "node:fs";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createServer } from "node:tls";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

// A certificate for mixpanel.com and loopback whose key everyone can read here, by an authority that nobody trusts but tests.
const file = (name: string) => fileURLToPath(new URL(`tls/${name}`, import.meta.url));

/** For NODE_EXTRA_CA_CERTS. */
export const AUTHORITY = file("ca.pem");

/** Puts TLS in front of a plain server of this machine; returns its port. */
export async function startTls(baseUrl: string): Promise<number> {
  const { port } = new URL(baseUrl);
  const sockets = new Set<Socket>();
  const server = createServer({ key: readFileSync(file("key.pem")), cert: readFileSync(file("cert.pem")) }, (outer) => {
    const inner = connect(Number(port), "127.0.0.1");
    for (const [socket, other] of [
      [outer, inner],
      [inner, outer],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy()).on("close", () => other.destroy());
    }
    outer.pipe(inner).pipe(outer);
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
