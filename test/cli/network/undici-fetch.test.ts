import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { proxyFor } from "../../../src/cli/network/http-proxy.ts";
import { undiciFetch } from "../../../src/cli/network/undici-fetch.ts";
import type { EngageFetchInit } from "../../../src/index.ts";
import { startServer } from "../../helpers/http-server.ts";
import { startProxy } from "../../helpers/proxy-server.ts";
import { startTcp } from "../../helpers/tcp-server.ts";
import { startTls } from "../../helpers/tls-server.ts";

const INIT: EngageFetchInit = {
  method: "POST",
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: "page=0",
  signal: new AbortController().signal,
  redirect: "manual",
};

describe("undiciFetch", () => {
  it("waits for headers, and for a body, longer than undici would by itself: direct, by proxy and by tunnel", async () => {
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    // Scaled down from undici's own 300 s; its timers are half a second late at most.
    const limits = { headersTimeout: 100, bodyTimeout: 100 };
    const slow = await startServer(1, async (request, response) => {
      if (request.form.has("stall")) response.write("{");
      await wait(1500);
      response.end(request.form.has("stall") ? "}" : "{}");
      return true;
    });
    const encrypted = `https://localhost:${await startTls(slow.baseUrl)}`;
    const { url } = await startProxy();
    const env = { HTTP_PROXY: url, HTTPS_PROXY: url };
    const ways = [
      [slow.baseUrl, undefined],
      [slow.baseUrl, proxyFor(new URL(slow.baseUrl), env)],
      [encrypted, proxyFor(new URL(encrypted), env)],
    ] as const;
    const read = async (
      fetch: ReturnType<typeof undiciFetch>,
      [address, proxy]: (typeof ways)[number],
      body: string,
    ) => {
      const response = await fetch(address, { ...INIT, body }, proxy);
      return Buffer.from(await response.arrayBuffer()).toString();
    };
    const checks = ways.flatMap((way) =>
      ["", "stall"].flatMap((body) => [
        expect(read(undiciFetch(), way, body)).resolves.toBe("{}"),
        expect(read(undiciFetch(limits), way, body)).rejects.toMatchObject({
          cause: { code: body === "" ? "UND_ERR_HEADERS_TIMEOUT" : "UND_ERR_BODY_TIMEOUT" },
        }),
      ]),
    );
    await Promise.all(checks);
  });

  it("asks a proxy that closes the connection once, and no more", async () => {
    const { host, connections } = await startTcp((socket) => socket.once("data", () => socket.end()));
    const target = "https://mixpanel.com";
    const proxy = proxyFor(new URL(target), { HTTPS_PROXY: `http://${host}` });
    const signal = AbortSignal.timeout(3000);
    await expect(undiciFetch()(target, { ...INIT, signal }, proxy)).rejects.toMatchObject({
      cause: { message: "no tunnel was opened" },
    });
    expect(connections()).toBe(1);
  });

  it.each([
    ["me:hunter2", "me:hunter2"],
    ["me", "me:"],
    [":hunter2", ":hunter2"],
    ["m%40e:h%3Aun%25ter", "m@e:h:un%ter"],
    ["me:100%", "me:100%"],
    ["m%C3%BCller:p%C3%A4ss", "müller:päss"],
  ])("tells a proxy the credentials in its address: %s", async (inUrl, credentials) => {
    const server = await startServer(1);
    const { host, requests } = await startProxy({ credentials });
    const proxy = proxyFor(new URL(server.baseUrl), { HTTP_PROXY: `http://${inUrl}@${host}` });
    expect((await undiciFetch()(server.baseUrl, INIT, proxy)).status).toBe(200);
    expect(requests).toEqual([`${server.baseUrl}/`]);
  });
});
