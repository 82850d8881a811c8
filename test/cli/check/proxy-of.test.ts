import { describe, expect, test } from "vitest";
import { proxyOf } from "../../../src/cli/check/proxy-of.ts";

const URL = "https://eu.mixpanel.com";
const PROXY = "http://proxy:8080";

describe("proxyOf", () => {
  test.each([
    [{ HTTPS_PROXY: PROXY }, PROXY],
    [{ https_proxy: PROXY, HTTPS_PROXY: "http://other" }, PROXY],
    [{ HTTP_PROXY: PROXY }, PROXY],
    [{ https_proxy: "", HTTPS_PROXY: PROXY }, PROXY],
    [{ HTTPS_PROXY: "http://user:hush@proxy:8080/path" }, PROXY],
    [{ HTTPS_PROXY: "proxy:8080" }, PROXY],
    [{}, undefined],
  ])("finds the one that the environment names: %j", (env, proxy) => {
    expect(proxyOf(URL, env)).toBe(proxy);
  });

  test("takes HTTP_PROXY alone for a server of this machine", () => {
    expect(proxyOf("http://127.0.0.1:8686", { HTTPS_PROXY: PROXY })).toBeUndefined();
    expect(proxyOf("http://127.0.0.1:8686", { HTTP_PROXY: PROXY })).toBe(PROXY);
  });

  test.each([
    "*",
    "mixpanel.com",
    ".mixpanel.com",
    "*.mixpanel.com",
    "a.b, eu.mixpanel.com",
    "eu.mixpanel.com:443",
    "EU.mixpanel.com",
  ])("goes directly where NO_PROXY exempts the host: %s", (exempt) => {
    expect(proxyOf(URL, { HTTPS_PROXY: PROXY, NO_PROXY: exempt })).toBeUndefined();
  });

  test.each(["panel.com", "eu.mixpanel.com:80", "", ","])(
    "goes through it where NO_PROXY means others: %j",
    (exempt) => {
      expect(proxyOf(URL, { HTTPS_PROXY: PROXY, NO_PROXY: exempt })).toBe(PROXY);
    },
  );
});
