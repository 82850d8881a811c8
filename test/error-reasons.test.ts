import { describe, expect, it } from "vitest";
import { errorReasons } from "../src/error-reasons.ts";
import { freePort } from "./helpers/free-port.ts";
import { startServer } from "./helpers/http-server.ts";
import { startTls } from "./helpers/tls-server.ts";

function systemError(code: string, address: string, port?: number): Error {
  return Object.assign(new Error(`connect ${code} ${address}:${port}`), { code, address, port, errno: -111 });
}

function failed(cause: unknown): Error {
  return new TypeError("fetch failed", { cause });
}

function coded(message: string, code: string): Error {
  return Object.assign(new Error(message), { code });
}

describe("errorReasons", () => {
  it.each<[string, unknown, string]>([
    [
      "both addresses of a host refuse",
      failed(
        Object.assign(
          new AggregateError([systemError("ECONNREFUSED", "::1", 9), systemError("ECONNREFUSED", "127.0.0.1", 9)]),
          { code: "ECONNREFUSED" },
        ),
      ),
      "ECONNREFUSED ::1:9, 127.0.0.1:9",
    ],
    [
      "two addresses fail in two ways",
      failed(new AggregateError([systemError("ENETUNREACH", "::1", 9), systemError("ECONNREFUSED", "127.0.0.1", 9)])),
      "ENETUNREACH ::1:9; ECONNREFUSED 127.0.0.1:9",
    ],
    ["one address refuses", failed(systemError("ECONNREFUSED", "127.0.0.1", 9)), "ECONNREFUSED 127.0.0.1:9"],
    ["a socket has no port", systemError("ENOENT", "/run/proxy.sock"), "ENOENT /run/proxy.sock"],
    [
      "a name is unknown",
      failed(coded("getaddrinfo ENOTFOUND a.example", "ENOTFOUND")),
      "getaddrinfo ENOTFOUND a.example",
    ],
    [
      "a certificate is not trusted",
      failed(coded("self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT")),
      "self-signed certificate; its authority is not trusted here: NODE_EXTRA_CA_CERTS can name a file with it, such as a company's own (DEPTH_ZERO_SELF_SIGNED_CERT)",
    ],
    [
      "undici waits too long",
      failed(coded("Headers Timeout Error", "UND_ERR_HEADERS_TIMEOUT")),
      "Headers Timeout Error (UND_ERR_HEADERS_TIMEOUT)",
    ],
    [
      "a body is cut",
      new TypeError("terminated", { cause: coded("other side closed", "UND_ERR_SOCKET") }),
      "other side closed (UND_ERR_SOCKET)",
    ],
    ["an error has a code and no words", Object.assign(new Error(""), { code: "EPIPE" }), "EPIPE"],
    [
      "Bun says it",
      coded(
        "ECONNRESET: The socket connection was closed unexpectedly. For more information, pass `verbose: true` in the second argument to fetch()",
        "ECONNRESET",
      ),
      "ECONNRESET: The socket connection was closed unexpectedly.",
    ],
    [
      "Deno says it",
      failed(
        new Error(
          "error sending request for url (https://a.example/?project_id=1): client error (Connect): tcp connect error: Connection refused (os error 111)",
        ),
      ),
      "client error (Connect): tcp connect error: Connection refused (os error 111)",
    ],
    [
      "a wrapper adds words",
      new Error("through the tunnel", { cause: failed(coded("no", "E1")) }),
      "through the tunnel: no (E1)",
    ],
    ["a wrapper repeats the words", new Error("failed: no", { cause: new Error("no") }), "failed: no"],
    ["the cause is text", new Error("outer", { cause: "inner" }), "outer: inner"],
    ["the cause is no error", new Error("outer", { cause: { message: "inner" } }), "outer: inner"],
    ["there is nothing but what says nothing", new TypeError("fetch failed"), "fetch failed"],
    ["several errors say the same", new AggregateError([new Error("no"), new Error("no")]), "no"],
    ["several errors are none", new AggregateError([], "All promises were rejected"), "All promises were rejected"],
    ["it is text", "boom", "boom"],
    ["it is undefined", undefined, "undefined"],
    ["it is null", null, "null"],
  ])("names the innermost reasons when %s", (_, error, reasons) => {
    expect(errorReasons(error)).toBe(reasons);
  });

  it("comes to an end when an error is its own cause", () => {
    const error = new Error("round");
    error.cause = new AggregateError([error, error]);
    expect(errorReasons(error)).toContain("round");
  });

  it("understands what this runtime says of a port where nobody listens", async () => {
    const error: unknown = await fetch(`http://localhost:${await freePort()}`).catch((reason: unknown) => reason);
    expect(errorReasons(error)).toMatch(/ECONNREFUSED|Connection refused/);
    expect(errorReasons(error)).not.toContain("fetch failed");
  });

  it("says what to do about a port that is not for TLS, and keeps OpenSSL's line of source to itself", async () => {
    const { baseUrl } = await startServer(1);
    const error: unknown = await fetch(baseUrl.replace("http:", "https:")).catch((reason: unknown) => reason);
    expect(errorReasons(error)).toBe(
      "TLS failed, wrong version number; the other side does not speak TLS: check that the port is one for https (ERR_SSL_WRONG_VERSION_NUMBER)",
    );
  });

  it("says what to do about a certificate of an authority that is unknown here", async () => {
    const { baseUrl } = await startServer(1);
    const error: unknown = await fetch(`https://127.0.0.1:${await startTls(baseUrl)}`).catch((reason) => reason);
    expect(errorReasons(error)).toMatch(
      /certificate.*; its authority is not trusted here: NODE_EXTRA_CA_CERTS.*\([A-Z_]+\)$/,
    );
  });

  it.each([
    ["CERT_HAS_EXPIRED", "certificate has expired; check this machine's clock too (CERT_HAS_EXPIRED)"],
    ["ERR_SSL_SOMETHING_ELSE", "certificate has expired (ERR_SSL_SOMETHING_ELSE)"],
  ])("keeps what it was told of %s", (code, reasons) => {
    expect(errorReasons(failed(coded("certificate has expired", code)))).toBe(reasons);
  });
});
