import { describe, expect, it } from "vitest";
import { proxyFor } from "../../../src/cli/network/http-proxy.ts";
import { errorOf } from "../../helpers/error-of.ts";

const ENGAGE = "https://eu.mixpanel.com/api/query/engage";
const LOCAL = "http://127.0.0.1:8080/api/query/engage";

function hostFor(address: string, env: Record<string, string>): string | undefined {
  return proxyFor(new URL(address), env)?.host;
}

describe("proxyFor", () => {
  it.each([
    [ENGAGE, { HTTPS_PROXY: "http://proxy.example:3128" }, "proxy.example:3128"],
    [ENGAGE, { https_proxy: "http://proxy.example:3128" }, "proxy.example:3128"],
    [ENGAGE, { https_proxy: "http://small:1", HTTPS_PROXY: "http://capital:2" }, "small:1"],
    [ENGAGE, { https_proxy: "", HTTPS_PROXY: "http://capital:2" }, "capital:2"],
    [ENGAGE, { HTTPS_PROXY: " proxy.example:3128\r" }, "proxy.example:3128"],
    [ENGAGE, { HTTPS_PROXY: "https://proxy.example" }, "proxy.example"],
    [ENGAGE, { HTTPS_PROXY: "http://me:hunter2@proxy.example:3128" }, "proxy.example:3128"],
    [ENGAGE, { HTTP_PROXY: "http://proxy.example:3128" }, undefined],
    [ENGAGE, {}, undefined],
    [LOCAL, { HTTP_PROXY: "http://127.0.0.1:3128" }, "127.0.0.1:3128"],
    [LOCAL, { http_proxy: "localhost:3128" }, "localhost:3128"],
    [LOCAL, { HTTP_PROXY: "http://[::1]:3128" }, "[::1]:3128"],
    [LOCAL, { HTTPS_PROXY: "http://127.0.0.1:3128" }, undefined],
  ])("finds for %s in %j the proxy %s", (address, env, host) => {
    expect(hostFor(address, env)).toBe(host);
  });

  it("shows it without credentials and path", () => {
    const proxy = proxyFor(new URL(ENGAGE), { HTTPS_PROXY: "http://me:hunter2@proxy.example:3128/path" });
    expect(proxy).toMatchObject({ shown: "http://proxy.example:3128", variable: "HTTPS_PROXY" });
  });

  it.each([
    "eu.mixpanel.com",
    "mixpanel.com",
    ".mixpanel.com",
    "*.mixpanel.com",
    "com",
    "EU.Mixpanel.com",
    "eu.mixpanel.com:443",
    "*",
    "localhost,eu.mixpanel.com",
    "localhost eu.mixpanel.com",
    " , mixpanel.com ,",
  ])("makes an exception of what NO_PROXY names: %s", (exceptions) => {
    const HTTPS_PROXY = "http://proxy.example:3128";
    expect(hostFor(ENGAGE, { HTTPS_PROXY, NO_PROXY: exceptions })).toBeUndefined();
    expect(hostFor(ENGAGE, { HTTPS_PROXY, no_proxy: exceptions })).toBeUndefined();
  });

  it.each([
    "",
    "xpanel.com",
    "eu.mixpanel.com.example",
    "in.mixpanel.com",
    "eu.mixpanel.com:8443",
    "10.0.0.0/8",
    "a/b/c",
    ":443",
  ])("makes none of what it does not name: %s", (exceptions) => {
    const env = { HTTPS_PROXY: "http://proxy.example:3128", NO_PROXY: exceptions };
    expect(hostFor(ENGAGE, env)).toBe("proxy.example:3128");
  });

  it.each([
    [LOCAL, "127.0.0.1"],
    [LOCAL, "127.0.0.1:8080"],
    [LOCAL, "localhost,127.0.0.0/8,::1"],
    ["http://[::1]:8080/", "::1"],
    ["http://[::1]:8080/", "[::1]"],
    ["http://[::1]:8080/", "[::1]:8080"],
    ["http://api.localhost:8080/", "localhost"],
  ])("makes an exception of addresses and networks: %s by %s", (address, exceptions) => {
    expect(hostFor(address, { HTTP_PROXY: "http://127.0.0.1:3128", NO_PROXY: exceptions })).toBeUndefined();
  });

  it.each([
    [
      LOCAL,
      { HTTP_PROXY: "http://me:hunter2@proxy.example:3128" },
      /clear to another machine; add 127.0.0.1 to NO_PROXY: proxy.example:3128$/,
    ],
    [
      ENGAGE,
      { HTTPS_PROXY: "socks5://me:hunter2@proxy.example:1080" },
      /HTTPS_PROXY, a proxy must be reached by http or https: socks5:\/\/proxy.example:1080$/,
    ],
    [ENGAGE, { https_proxy: "http://me:hunter2@" }, /https_proxy, it must be a URL$/],
    [ENGAGE, { https_proxy: "me:hunter2@h:x" }, /https_proxy, it must be a URL$/],
  ])("refuses for %s, and without showing its password, %j", (address, env, message) => {
    const error = errorOf(() => hostFor(address, env as Record<string, string>));
    expect(error.code).toBe("usage");
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain("hunter2");
  });
});
