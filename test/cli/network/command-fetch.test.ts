import { beforeEach, describe, expect, it, vi } from "vitest";
import { commandFetch } from "../../../src/cli/network/command-fetch.ts";
import { profilePages } from "../../../src/index.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { PROJECT } from "../../helpers/fake-engage.ts";
import { freePort } from "../../helpers/free-port.ts";
import { startServer } from "../../helpers/http-server.ts";
import { startProxy } from "../../helpers/proxy-server.ts";
import { startTls } from "../../helpers/tls-server.ts";

beforeEach(() => {
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
});

/** Reads an export through what the environment names. */
async function read(baseUrl: string, env: Record<string, string>, maxRetries = 0): Promise<number> {
  const fetch = commandFetch({ env }, baseUrl);
  let pages = 0;
  await profilePages({ ...PROJECT, baseUrl, fetch, maxRetries }).pipeTo(
    new WritableStream({
      write(page) {
        if (page.status === "failed") throw page.error;
        pages += 1;
      },
    }),
  );
  return pages;
}

describe("commandFetch", () => {
  it("is the one that is given, whatever the environment says", () => {
    const fetch = async () => new Response();
    expect(commandFetch({ env: { HTTPS_PROXY: "no url" }, fetch })).toBe(fetch);
  });

  it.each(["HTTP_PROXY", "http_proxy"])("sends every request through the proxy of %s", async (name) => {
    const server = await startServer(2500);
    const proxy = await startProxy();
    expect(await read(server.baseUrl, { [name]: proxy.url })).toBe(3);
    expect(server.requests).toHaveLength(3);
    const address = `${server.baseUrl}/api/query/engage?project_id=${PROJECT.projectId}`;
    expect(proxy.requests).toEqual([address, address, address]);
  });

  it.each(["HTTPS_PROXY", "https_proxy"])("sends everything through a tunnel of the proxy of %s", async (name) => {
    const server = await startServer(2500);
    const port = await startTls(server.baseUrl);
    const proxy = await startProxy();
    expect(await read(`https://localhost:${port}`, { [name]: proxy.url })).toBe(3);
    expect(server.requests).toHaveLength(3);
    expect(new Set(proxy.requests)).toEqual(new Set([`localhost:${port}`]));
  });

  it.each(["NO_PROXY", "no_proxy"])("goes past the proxy where %s says so", async (name) => {
    const server = await startServer(1);
    const proxy = await startProxy();
    expect(await read(server.baseUrl, { HTTP_PROXY: proxy.url, [name]: "127.0.0.1" })).toBe(1);
    expect(proxy.requests).toEqual([]);
  });

  it.each([407, 403])("ends at once when the proxy answers %i, and says that it was the proxy", async (status) => {
    const server = await startServer(1);
    const port = await startTls(server.baseUrl);
    const proxy = await startProxy({ refuseWith: status });
    const env = { HTTPS_PROXY: proxy.url.replace("://", "://me:hunter2@") };
    const error = await errorOf(() => read(`https://localhost:${port}`, env, 5));
    expect(error).toMatchObject({ code: "bad-request", status });
    const what =
      status === 407
        ? "does not accept the credentials in its address, or needs some"
        : `refuses to connect to localhost:${port}`;
    expect(error.message).toBe(`The proxy ${proxy.host} (HTTPS_PROXY) ${what}: HTTP ${status}`);
    expect(proxy.requests).toHaveLength(1);
    expect(server.requests).toEqual([]);
  });

  it("says that a proxy of plain requests needs credentials", async () => {
    const server = await startServer(1);
    const proxy = await startProxy({ credentials: "me:hunter2" });
    const error = await errorOf(() => read(server.baseUrl, { http_proxy: proxy.url }, 5));
    expect(error).toMatchObject({ code: "bad-request", status: 407 });
    expect(error.message).toContain(`The proxy ${proxy.host} (http_proxy) does not accept`);
    expect(proxy.requests).toHaveLength(1);
  });

  it("asks again when the proxy cannot reach Mixpanel for now", async () => {
    const port = await startTls((await startServer(1)).baseUrl);
    const proxy = await startProxy({ refuseWith: 502 });
    const error = await errorOf(() => read(`https://localhost:${port}`, { HTTPS_PROXY: proxy.url }, 1));
    expect(error.code).toBe("network");
    expect(error.message).toContain(
      `The proxy ${proxy.host} (HTTPS_PROXY) refuses to connect to localhost:${port}: HTTP 502`,
    );
    expect(proxy.requests).toHaveLength(2);
  });

  it("says that a proxy cannot be reached, and which", async () => {
    const host = `127.0.0.1:${await freePort()}`;
    for (const [baseUrl, name] of [
      ["https://localhost:9999", "HTTPS_PROXY"],
      ["http://localhost:9999", "HTTP_PROXY"],
    ] as const) {
      const error = await errorOf(() => read(baseUrl, { [name]: `http://me:hunter2@${host}` }));
      expect(error.code).toBe("network");
      expect(error.message).toBe(`The proxy ${host} (${name}) cannot be reached: ECONNREFUSED ${host}`);
    }
  });

  it("says what failed behind the proxy, and that there is one", async () => {
    const port = await startTls((await startServer(1)).baseUrl);
    const proxy = await startProxy();
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "1");
    const error = await errorOf(() => read(`https://localhost:${port}`, { HTTPS_PROXY: proxy.url }));
    expect(error.code).toBe("network");
    expect(error.message).toMatch(
      new RegExp(`^The connection to localhost:${port} through the proxy ${proxy.host} failed: .*certificate`),
    );
  });

  it("refuses a proxy that cannot be used before anything is requested", () => {
    const error = errorOf(() => commandFetch({ env: { HTTPS_PROXY: "socks5://proxy.example" } }));
    expect(error.code).toBe("usage");
    expect(() => commandFetch({ env: { HTTPS_PROXY: "socks5://proxy.example" } }, "no url")).not.toThrow();
  });

  it("ends with the reason of the signal, not with the proxy's", async () => {
    const server = await startServer(1, () => true);
    const proxy = await startProxy();
    const controller = new AbortController();
    const fetch = commandFetch({ env: { HTTP_PROXY: proxy.url } }, server.baseUrl);
    const pages = profilePages({ ...PROJECT, baseUrl: server.baseUrl, fetch, signal: controller.signal });
    const reading = pages.getReader().read();
    reading.catch(() => {});
    await expect.poll(() => proxy.requests.length).toBe(1);
    const reason = new Error("enough");
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await server.idle();
  });
});
