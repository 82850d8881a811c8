import { describe, expect, it } from "vitest";
import { CREDENTIALS_ENCODINGS, credentialsEcho } from "../../../src/simulator/faults/credentials-echo.ts";
import { faulty, page1, refused } from "../../helpers/engage-call.ts";

const HEADER = `Basic ${btoa("user:pass?>>")}`;

describe("credentialsEcho", () => {
  it.each([
    ["plain", HEADER],
    ["decoded", "user:pass?>>"],
    ["base64url", "Basic dXNlcjpwYXNzPz4-"],
    ["html", "&#x42;&#x61;&#x73;"],
    ["percent", "%42%61%73%69%63%20"],
    ["lines", "Basic dXNl\r\n cjpwYXNzPz\r\n 4+"],
    ["cut", "Basic dXNlcjpwY"],
  ] as const)("writes the header %s", (encoding, expected) => {
    expect(credentialsEcho(HEADER, encoding)).toContain(`Invalid credentials: ${expected}`);
  });

  it("writes it in all ways if none is named", () => {
    const echo = credentialsEcho(HEADER, undefined);
    for (const encoding of CREDENTIALS_ENCODINGS) {
      expect(echo).toContain(credentialsEcho(HEADER, encoding).slice("Invalid credentials: ".length));
    }
  });

  it("writes a bearer token", () => {
    expect(credentialsEcho("Bearer abc-123", "decoded")).toBe("Invalid credentials: Bearer abc-123");
  });
});

describe("echo-credentials", () => {
  it("is a 401 that names what came with the request, neither waits nor counts", async () => {
    const simulator = faulty({ kind: "echo-credentials", encoding: "decoded" }, 1, { latency: 0 });
    const { username, secret } = simulator.serviceAccount;
    expect(await refused(page1(simulator))).toEqual({
      status: 401,
      error: `Invalid credentials: ${username}:${secret}`,
    });
    expect(simulator.countedQueries).toBe(1);
    expect(JSON.stringify(simulator.requests)).not.toContain(secret);
  });

  it("can have another status", async () => {
    expect((await refused(page1(faulty({ kind: "echo-credentials", status: 500 })))).status).toBe(500);
  });
});
