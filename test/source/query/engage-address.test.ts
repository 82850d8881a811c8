import { describe, expect, it } from "vitest";
import type { EngageError } from "../../../src/engage-error.ts";
import { optionChecks } from "../../../src/option.ts";
import { engageAddress, type Region } from "../../../src/source/query/engage-address.ts";
import { errorOf } from "../../helpers/error-of.ts";

function address(baseUrl?: string, region?: string) {
  return engageAddress({ baseUrl, region: region as Region }, optionChecks("reach Mixpanel"));
}

describe("a region", () => {
  it.each([
    [undefined, "https://mixpanel.com"],
    ["us", "https://mixpanel.com"],
    ["eu", "https://eu.mixpanel.com"],
    ["in", "https://in.mixpanel.com"],
    [" eu\r", "https://eu.mixpanel.com"],
  ] as const)("%s is %s", (region, host) => {
    expect(address(undefined, region)).toEqual({ host, endpoint: `${host}/api/query/engage` });
  });

  it.each(["uk", "US", "", "toString", "__proto__", "eu.mixpanel.com"])(
    "%j is refused with the names of those there are, and never taken for another",
    (region) => {
      const error = errorOf(() => address(undefined, region));
      expect(error).toMatchObject({
        code: "usage",
        option: "region",
        message: `Cannot reach Mixpanel, \`region\` must be one of us, eu, in: "${region}"`,
      });
    },
  );

  it("is checked beside a base URL too", () => {
    expect(errorOf(() => address("https://proxy.example", "uk")).code).toBe("usage");
  });
});

describe("a base URL", () => {
  it.each(["", "/", "//", "///", "  ", " / "])("%j means none", (baseUrl) => {
    expect(address(baseUrl, "eu").host).toBe("https://eu.mixpanel.com");
  });

  it.each([
    "http://127.0.0.1:9",
    "http://127.0.0.1:9/",
    "http://127.0.0.1:9//",
    "http://127.0.0.1:9///",
    " http://127.0.0.1:9/ ",
  ])("leads to the same path with any slashes at its end: %j", (baseUrl) => {
    expect(address(baseUrl)).toEqual({
      host: "http://127.0.0.1:9",
      endpoint: "http://127.0.0.1:9/api/query/engage",
    });
  });

  it("may have a path, and beats the region", () => {
    expect(address("https://proxy.example/mixpanel/", "in").endpoint).toBe(
      "https://proxy.example/mixpanel/api/query/engage",
    );
  });

  it.each([
    "http://localhost",
    "http://localhost:8080",
    "http://127.0.0.1",
    "http://127.1.2.3:9",
    "http://[::1]:9",
    "https://proxy.example:8443",
    "HTTPS://proxy.example",
  ])("may be %s", (baseUrl) => {
    expect(address(baseUrl).endpoint).toBe(`${baseUrl}/api/query/engage`);
  });

  it.each([
    "http://mixpanel.com",
    "http://h:9",
    "http://10.0.0.1",
    "http://0.0.0.0",
    "http://127.0.0.1.example",
    "http://localhost.example",
    "http://notlocalhost",
    "http://[::2]",
    "http://[::ffff:10.0.0.1]",
    "ftp://127.0.0.1",
    "ws://127.0.0.1",
    "file:///etc",
  ])("that would show the secret on the way is refused: %s", (baseUrl) => {
    expect(errorOf(() => address(baseUrl))).toMatchObject({
      code: "usage",
      option: "baseUrl",
      message: expect.stringContaining("must be https"),
    });
  });

  it.each(["mixpanel.com", "https://", "http:// example", "not a url", "http://[::1"])(
    "that is none is refused: %s",
    (baseUrl) => {
      expect(errorOf(() => address(baseUrl)).message).toBe(
        `Cannot reach Mixpanel, \`baseUrl\` must be a URL: "${baseUrl}"`,
      );
    },
  );

  it.each(["https://h.example?a=1", "https://h.example/#top", "https://h.example/?", "https://h.example#"])(
    "with something behind its path is refused, since the path would land there: %s",
    (baseUrl) => {
      expect(errorOf(() => address(baseUrl)).message).toContain("must end with its path");
    },
  );

  it.each([
    "https://me:hunter2@h.example",
    "https://hunter2@h.example/path",
    "https://:hunter2@h.example",
    "http://me:hunter2@10.0.0.1",
    "me:hunter2@h.example",
    "//me:hunter2@h.example",
    "https://me:hunter2@h.example?x=@",
    "https://me:hun@ter2@h.example:port",
  ])("with credentials is refused without showing them: %s", (baseUrl) => {
    const error: EngageError = errorOf(() => address(baseUrl));
    expect(error.code).toBe("usage");
    expect(error.message).not.toMatch(/hun|ter2/);
  });
});
