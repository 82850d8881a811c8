import { describe, expect, it } from "vitest";
import type { EngageErrorCode } from "../../../src/engage-error.ts";
import { shorten, statusFailure } from "../../../src/source/request/engage-failure.ts";
import { fakeTime } from "../../helpers/fake-time.ts";

fakeTime();

function failure(status: number, body = "", headers: Record<string, string> = {}, redact = (text: string) => text) {
  return statusFailure(new Response(null, { status, headers }), body, { subject: "page 3", pageIndex: 3 }, redact);
}

const UNCACHED = "request for page in uncached query for params";

describe("the code", () => {
  it.each<[number, string, EngageErrorCode]>([
    [400, '{"error":"Timeout Error."}', "timeout"],
    [400, "Timeout Error.", "timeout"],
    [400, '{"error":["TIMEOUT ERROR"]}', "timeout"],
    [400, '{"error":{"text":"Timeout Error."}}', "timeout"],
    [400, `{"request":"/api/query/engage","error":"${UNCACHED}"}`, "session-expired"],
    [400, `{"error":"","message":"${UNCACHED} {}"}`, "session-expired"],
    [400, `${" ".repeat(400)}{"error":"${"x ".repeat(400)}${UNCACHED}"}`, "session-expired"],
    [400, '{"error":"invalid expression"}', "bad-request"],
    [400, "", "bad-request"],
    [401, "", "unauthorized"],
    [402, "", "plan"],
    [403, "", "forbidden"],
    [404, "", "not-found"],
    [405, "", "bad-request"],
    [408, "", "timeout"],
    [409, "", "bad-request"],
    [413, "", "bad-request"],
    [422, "", "bad-request"],
    [429, "", "rate-limited"],
    [500, '{"error":"Timeout Error."}', "server"],
    [500, UNCACHED, "server"],
    [502, "", "server"],
    [503, "try later", "server"],
    [504, "<html>", "server"],
    [599, "", "server"],
  ])("of %i with %.60j is %s", (status, body, code) => {
    const { error } = failure(status, body);
    expect(error).toMatchObject({ name: "EngageError", code, status, pageIndex: 3 });
    expect(error.message).toContain(`(page 3): HTTP ${status}`);
  });
});

describe("the message", () => {
  it.each([
    ["nothing", "", ""],
    ["white space", " \r\n ", ""],
    ["plain text", "try\n  later\t", ": try later"],
    ["HTML", "<html>\n<b>Bad</b>\n</html>", ": <html> <b>Bad</b> </html>"],
    ["an error", '{"error":"bad \\"where\\"","message":"not this"}', ': bad "where"'],
    ["a message", '{"message":"no"}', ": no"],
    ["an error that is null", '{"error":null,"message":"no"}', ": no"],
    ["an error that is empty", '{"error":"","message":"no"}', ": no"],
    ["an error that is blank", '{"error":" \\n","message":"no"}', ": no"],
    ["an error that is a list", '{"error":["a","b"]}', ': ["a","b"]'],
    ["an error that is an object", '{"error":{"code":7}}', ': {"code":7}'],
    ["an error that is false", '{"error":false,"message":"no"}', ": false"],
    ["another object", '{"status":"error"}', ': {"status":"error"}'],
    ["a list", "[1,2]", ": [1,2]"],
    ["null", "null", ": null"],
    ["text in quotes", '"no"', ": no"],
    ["half of an object", '{"error":"no', ': {"error":"no'],
  ])("shows what the body says: %s", (_, body, shown) => {
    expect(failure(500, body).error.message).toBe(`Mixpanel failed (page 3): HTTP 500${shown}`);
  });

  it("is one line of bounded length, whatever the body", () => {
    for (const body of ["x".repeat(10_000), `{"error":"${"\\n".repeat(50)}${"x y".repeat(10_000)}"}`]) {
      const { message } = failure(400, body).error;
      expect(message.length).toBeLessThan(400);
      expect(message).not.toContain("\n");
      expect(message).toMatch(/…$/);
    }
  });

  it("survives 30,000 levels of nesting", () => {
    const deep = `{"error":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
    expect(failure(402, deep).error).toMatchObject({
      code: "plan",
      message: expect.stringContaining("nested too deeply"),
    });
    expect(failure(402, deep.slice(9, -1)).error.code).toBe("plan");
  });

  it.each([401, 403, 407])("shows nothing of what a %i says, which may quote the credentials", (status) => {
    const { message } = failure(status, '{"error":"hunter2 in a spelling of its own"}').error;
    expect(message).toMatch(new RegExp(`\\(page 3\\): HTTP ${status}$`));
  });

  it("says that a 407 is a proxy's", () => {
    expect(failure(407).error).toMatchObject({ code: "bad-request", message: expect.stringContaining("A proxy") });
  });

  it("says credentials, project and region for a 401", () => {
    const { message } = failure(401).error;
    for (const word of ["credentials", "service account", "token", "project", "region"])
      expect(message).toContain(word);
  });

  it.each([
    ["plain", "before hunter2 after"],
    ["in JSON", '{"error":"before hunter2 after"}'],
    ["behind an escape", '{"error":"before h\\u0075nter2 after"}'],
    ["in an object", '{"error":{"got":"hunter2"}}'],
    ["where the text is cut off", `${"x".repeat(296)}hunter2`],
    ["as a key", '{"error":{"hunter2":1}}'],
  ])("never shows what is to be hidden: %s", (_, body) => {
    const { error } = failure(500, body, {}, (text) => text.replaceAll("hunter2", "***"));
    expect(error.message).not.toMatch(/hunt/);
    expect(error.message).toContain("***");
  });

  it("hides the words that told what happened, if need be, and not what happened", () => {
    expect(failure(400, UNCACHED, {}, (text) => text.replaceAll("query", "***")).error.code).toBe("session-expired");
  });
});

describe("the wait", () => {
  it("is known of every status that names one", () => {
    expect(failure(503, "", { "Retry-After": "2.5" }).error.retryAfter).toBe(2500);
    expect(failure(503, "", { "Retry-After": "soon" }).error.retryAfter).toBeUndefined();
    expect(failure(429, "", { RateLimit: '"project";r=0;t=9' }).error.retryAfter).toBe(9000);
  });

  it("is a rate limit for 429 alone", () => {
    const headers = { RateLimit: '"project";r=0;t=9' };
    expect(failure(429, "", headers).rateLimit).toEqual({ shape: "window", wait: 9000 });
    expect(failure(429).rateLimit).toEqual({ shape: "load-shedding", wait: undefined });
    expect(failure(503, "", headers).rateLimit).toBeUndefined();
    expect(failure(400, "", headers).rateLimit).toBeUndefined();
  });
});

describe("shorten", () => {
  it.each([
    ["", ""],
    [" a \n\t b ", "a b"],
    ["x".repeat(300), "x".repeat(300)],
    ["x".repeat(301), `${"x".repeat(300)}…`],
  ])("makes one line of at most 300 characters", (text, expected) => {
    expect(shorten(text)).toBe(expected);
  });
});
