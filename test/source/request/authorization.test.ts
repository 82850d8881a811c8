import { inspect } from "node:util";
import { describe, expect, it, vi } from "vitest";
import type { EngageFields } from "../../../src/source/query/engage-options.ts";
import { authorization } from "../../../src/source/request/authorization.ts";
import { errorOf } from "../../helpers/error-of.ts";

/** The bytes that a header carries, as text. */
function decoded(header: string): string {
  const binary = atob(header.replace(/^Basic /, ""));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)));
}

function account(username: string, secret: string) {
  return authorization({ projectId: 1, serviceAccount: { username, secret } });
}

function bearing(bearer: EngageFields["bearer"]) {
  return authorization({ projectId: 1, bearer });
}

/** What a caller without a compiler gets. */
function refused(options: object) {
  return errorOf(() => authorization(options as Parameters<typeof authorization>[0]));
}

describe("authorization by a service account", () => {
  it.each([
    ["user", "secret"],
    ["us:er", "se:cret"],
    ["müller", "пароль-漢字-🦆"],
    ["a b", "white  space"],
    ["u", '"\\\n.'],
  ])("carries exactly the UTF-8 bytes of %j and %j", async (username, secret) => {
    const header = await account(username, secret).header();
    expect(header).toMatch(/^Basic [A-Za-z0-9+/]+=*$/);
    expect(decoded(header)).toBe(`${username}:${secret}`);
  });

  it("is that of RFC 7617's example", () => {
    expect(account("Aladdin", "open sesame").header()).toBe("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  });

  it("cuts the white space that files and variables bring along", async () => {
    expect(decoded(await account(" user\r\n", "\ufeffsec ret\r").header())).toBe("user:sec ret");
  });

  it.each(["username", "secret"])("refuses a %s with half a character, and does not show it", (name) => {
    const serviceAccount = { username: "user", secret: "hunter2", [name]: "hunter2\ud800" };
    const error = refused({ projectId: 1, serviceAccount });
    expect(error).toMatchObject({ code: "usage", option: "serviceAccount" });
    expect(error.message).toContain("lone surrogate");
    expect(error.message).not.toContain("hunter2");
  });

  it("hides the secret, the username and the header", async () => {
    const { header, redact } = account("the-user", "hunter2");
    expect(redact(`the-user hunter2 ${await header()}`)).toBe("*** *** Basic ***");
    expect(redact(`header in base64: ${btoa(String(await header()))}`)).toMatch(
      /^header in base64: .{0,8}\*\*\*.{0,4}$/,
    );
    expect(redact("hunter 3, the user")).toBe("hunter 3, the user");
  });
});

describe("authorization by a token", () => {
  it("is a bearer token, without the white space around it", () => {
    expect(bearing(" abc.DEF-123~/+== \n").header()).toBe("Bearer abc.DEF-123~/+==");
  });

  it("asks a function before each request, and hides every token it gave", async () => {
    const tokens = ["token-number-one", "token-number-two\n"];
    const bearer = vi.fn(async () => tokens.shift() ?? "");
    const { header, redact } = bearing(bearer);
    expect(bearer).not.toHaveBeenCalled();
    expect(await header()).toBe("Bearer token-number-one");
    expect(await header()).toBe("Bearer token-number-two");
    expect(bearer).toHaveBeenCalledTimes(2);
    expect(redact("got token-number-one, then TOKEN-number%2Dtwo")).toBe("got ***, then ***");
  });

  it("takes a function that needs no promise", async () => {
    expect(await bearing(() => "abc").header()).toBe("Bearer abc");
  });

  it.each([undefined, null, "", " \n", 7, {}, "two words", "Bearer abc", "tök", "a\u0000b", "line\r\nbreak: 1"])(
    "refuses what is no token without showing it: %j",
    async (token) => {
      const error = await errorOf(async () => bearing(() => token as string).header());
      expect(error).toMatchObject({ code: "unauthorized", option: "bearer" });
      expect(error.message).toBe(
        "Cannot get a token from the function `bearer`, it must give the token alone, in printable ASCII without spaces",
      );
    },
  );

  it.each(["two words", "Bearer abc", "tök", "line\r\nbreak: 1"])("refuses such text at once, too: %j", (bearer) => {
    const error = refused({ projectId: 1, bearer });
    expect(error).toMatchObject({ code: "usage", option: "bearer" });
    expect(error.message).not.toContain(bearer);
  });

  it("says that the function failed, and keeps its error, which belongs to the caller", async () => {
    const cause = new Error("the token server is down");
    const failing = bearing(() => Promise.reject(cause));
    const error = await errorOf(async () => failing.header());
    expect(error).toMatchObject({ code: "unauthorized", option: "bearer", cause });
    expect(error.message).toBe("Cannot get a token from the function `bearer`, it failed");
    const throwing = bearing(() => {
      throw cause;
    });
    expect(await errorOf(async () => throwing.header())).toMatchObject({ code: "unauthorized", cause });
  });

  it("keeps no error that shows a token", async () => {
    let calls = 0;
    const { header } = bearing(() => {
      if (calls++ > 0) throw new Error("token-number-one is over");
      return "token-number-one";
    });
    await header();
    expect(inspect(await errorOf(async () => header()))).not.toContain("token-number");
  });
});

describe("authorization without a project or a way to sign requests", () => {
  const serviceAccount = { username: "user", secret: "hunter2" };
  it.each([
    ["no project", { projectId: "", serviceAccount }],
    ["a blank project", { projectId: " ", bearer: "hunter2" }],
    ["no username", { projectId: 1, serviceAccount: { ...serviceAccount, username: "" } }],
    ["a blank username", { projectId: 1, serviceAccount: { ...serviceAccount, username: " \t" } }],
    ["no secret", { projectId: 1, serviceAccount: { ...serviceAccount, secret: "" } }],
    ["a secret that is no text", { projectId: 1, serviceAccount: { ...serviceAccount, secret: ["hunter2"] } }],
    ["none of them", {}],
    ["an account that is empty", { projectId: 1, serviceAccount: {} }],
    ["an account that is null", { projectId: 1, serviceAccount: null }],
    ["a token that is blank", { projectId: 1, bearer: " " }],
    ["a token that is no text", { projectId: 1, bearer: { token: "hunter2" } }],
  ])("is one error that names them all and where they come from: %s", (_, options) => {
    const error = refused(options);
    expect(error.code).toBe("usage");
    expect(error.option).toBe("projectId" in options && options.projectId === 1 ? "serviceAccount" : "projectId");
    const names = ["projectId", "serviceAccount.username", "serviceAccount.secret", "bearer", "project settings"];
    for (const name of names) expect(error.message).toContain(name);
    expect(error.message).not.toContain("hunter2");
  });

  it("is refused when there are two", () => {
    const error = refused({ projectId: 1, serviceAccount, bearer: "hunter2" });
    expect(error).toMatchObject({ code: "usage", option: "bearer" });
    expect(error.message).toContain("together with `serviceAccount`");
    expect(error.message).not.toContain("hunter2");
  });
});
