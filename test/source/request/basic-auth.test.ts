import { describe, expect, it } from "vitest";
import { basicAuth } from "../../../src/source/request/basic-auth.ts";
import { errorOf } from "../../helpers/error-of.ts";

/** The bytes that a header carries, as text. */
function decoded(header: string): string {
  const binary = atob(header.replace(/^Basic /, ""));
  return new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(binary, (byte) => byte.charCodeAt(0)));
}

function auth(username: string, secret: string) {
  return basicAuth({ projectId: 1, serviceAccount: { username, secret } });
}

describe("the header", () => {
  it.each([
    ["user", "secret"],
    ["us:er", "se:cret"],
    ["müller", "пароль-漢字-🦆"],
    ["a b", " leading and trailing "],
    ["u", '"\\\n'],
  ])("carries exactly the UTF-8 bytes of %j and %j", (username, secret) => {
    const { header } = auth(username, secret);
    expect(header).toMatch(/^Basic [A-Za-z0-9+/]+=*$/);
    expect(decoded(header)).toBe(`${username}:${secret}`);
  });

  it("is that of RFC 7617's example", () => {
    expect(auth("Aladdin", "open sesame").header).toBe("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  });
});

describe("without a project or a part of its account", () => {
  const account = { username: "user", secret: "hunter2" };
  it.each([
    ["no project", { projectId: "", serviceAccount: account }],
    ["a blank project", { projectId: " ", serviceAccount: account }],
    ["no username", { projectId: 1, serviceAccount: { ...account, username: "" } }],
    ["a blank username", { projectId: 1, serviceAccount: { ...account, username: " \t" } }],
    ["no secret", { projectId: 1, serviceAccount: { ...account, secret: "" } }],
    ["a blank secret", { projectId: 1, serviceAccount: { ...account, secret: "\n" } }],
    ["none of them", {}],
    ["an account that is empty", { projectId: 1, serviceAccount: {} }],
  ])("one error names all three and where they come from: %s", (_, options) => {
    const error = errorOf(() => basicAuth(options as Parameters<typeof basicAuth>[0]));
    expect(error.code).toBe("usage");
    for (const name of ["projectId", "serviceAccount.username", "serviceAccount.secret", "project settings"]) {
      expect(error.message).toContain(name);
    }
    expect(error.message).not.toContain("hunter2");
  });
});

it.each(["username", "secret"])("a %s with half a character is refused, and not shown", (name) => {
  const serviceAccount = { username: "user", secret: "hunter2", [name]: "hunter2\ud800" };
  const error = errorOf(() => basicAuth({ projectId: 1, serviceAccount }));
  expect([error.code, error.message]).toEqual(["usage", expect.stringContaining("lone surrogate")]);
  expect(error.message).not.toContain("hunter2");
});

describe("redact", () => {
  it.each([
    ["the secret", 'hunter2/+ä"', 'hunter2/+ä"'],
    ["the username", "hunter2", "the-user"],
    ["the header", "hunter2", "dGhlLXVzZXI6aHVudGVyMg=="],
    ["the secret in base64", "hunter2", "aHVudGVyMg=="],
    ["the secret as JSON writes it", 'hun"ter\\2', 'hun\\"ter\\\\2'],
    ["the secret as a URL writes it", "hunter/2 ä", "hunter%2F2%20%C3%A4"],
    ["the secret as a URL writes it in lower case", "hunter/2 ä", "hunter%2f2%20%c3%a4"],
    ["the secret as a form writes it", "hunter/2 ä~", "hunter%2F2+%C3%A4%7E"],
    ["the secret as ASCII JSON writes it", "hunter2ä🦆", "hunter2\\u00e4\\ud83e\\udd86"],
    ["the secret as JSON with escaped slashes writes it", 'hun"ter/2', 'hun\\"ter\\/2'],
  ])("hides %s", (_, secret, spelling) => {
    const { redact } = auth("the-user", secret);
    expect(redact(`${spelling}, and once more: ${spelling}`)).toBe("***, and once more: ***");
  });

  it("leaves everything else", () => {
    expect(auth("the-user", "hunter2").redact("hunter 2, the user")).toBe("hunter 2, the user");
  });

  it("hides the longer one whole where one holds the other", () => {
    expect(auth("hunter", "xhunterx").redact("xhunterx hunter")).toBe("*** ***");
    expect(auth("xhunterx", "hunter").redact("xhunterx hunter")).toBe("*** ***");
  });
});
