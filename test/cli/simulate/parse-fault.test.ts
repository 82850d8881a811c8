import { describe, expect, it, test } from "vitest";
import { parseFault, SHORT_FAULTS } from "../../../src/cli/simulate/parse-fault.ts";
import { errorOf } from "../../helpers/error-of.ts";

test.each([
  ["503", { fault: { kind: "response", status: 503 } }],
  ["503@2", { page: 2, fault: { kind: "response", status: 503 } }],
  ["reset@every", { page: "every", fault: { kind: "reset" } }],
  ["cut@lastx3", { page: "last", times: 3, fault: { kind: "cut" } }],
  ["500@1xalways", { page: 1, times: Number.POSITIVE_INFINITY, fault: { kind: "response", status: 500 } }],
  ["rate-limit@1", { page: 1, fault: { kind: "rate-limit", shape: "window", seconds: 2 } }],
  ['{"page":1,"fault":{"kind":"cut","after":10}}', { page: 1, fault: { kind: "cut", after: 10 } }],
  ["rate-limit:concurrency", { fault: { kind: "rate-limit", shape: "concurrency", seconds: 2 } }],
  ["rate-limit:sheddingx2", { times: 2, fault: { kind: "rate-limit", shape: "shedding" } }],
  ["reset:headers@0", { page: 0, fault: { kind: "reset", during: "headers" } }],
  ["cut:close", { fault: { kind: "cut", ending: "close" } }],
  ["stall:0.25@1", { page: 1, fault: { kind: "stall", after: 0.25 } }],
  ["short-page:7", { fault: { kind: "short-page", rows: 7 } }],
  ["wrong-page@3", { page: 3, fault: { kind: "wrong-page" } }],
  [
    "wrong-page:0@everyxalways",
    { page: "every", times: Number.POSITIVE_INFINITY, fault: { kind: "wrong-page", profilesOf: 0 } },
  ],
  ["other-session@2", { page: 2, fault: { kind: "other-session" } }],
  ["other-session:reordered@2", { page: 2, fault: { kind: "other-session", reordered: true } }],
  ["growing-total:-5@every", { page: "every", fault: { kind: "growing-total", by: -5 } }],
  ["shrinking-page-size@every", { page: "every", fault: { kind: "shrinking-page-size" } }],
  ["invalid-profile@1x2", { page: 1, times: 2, fault: { kind: "invalid-profile" } }],
  [
    "invalid-profile:broken-utf-8@1x2",
    { page: 1, times: 2, fault: { kind: "invalid-profile", damage: "broken-utf-8" } },
  ],
  ["endless:text@1", { page: 1, fault: { kind: "endless", of: "text" } }],
  ["gzip-bomb:5000000", { fault: { kind: "gzip-bomb", bytes: 5_000_000 } }],
  ["drip@1", { page: 1, fault: { kind: "drip" } }],
  ["drip:200@1", { page: 1, fault: { kind: "drip", status: 200 } }],
  ["echo-credentials:base64url@0", { page: 0, fault: { kind: "echo-credentials", encoding: "base64url" } }],
  ["late-headers:1.5@0", { page: 0, fault: { kind: "late-headers", delay: 1_500 } }],
  [
    '{"page":"every","times":"always","share":0.5,"fault":{"kind":"hang"}}',
    { page: "every", times: Number.POSITIVE_INFINITY, share: 0.5, fault: { kind: "hang" } },
  ],
])("%s is a fault", (text, rule) => {
  expect(parseFault(text)).toEqual(rule);
});

test.each([
  "bogus",
  "503@",
  "503:x",
  "99",
  "hang:1",
  "reset@first",
  "reset:body",
  "cut@1x0",
  "other-session:y",
  "short-page:many",
  "fields",
  "{oops",
  '{"page":1}',
  '{"fault":{"kind":"reset"},"tmies":2}',
])("%s is none", (text) => {
  const error = errorOf(() => parseFault(text));
  expect(error.code).toBe("usage");
  expect(error.message).toContain(text);
});

describe("parseFault", () => {
  it("names the kind that was most likely meant", () => {
    expect(errorOf(() => parseFault("invalid-profiles@1")).message).toMatch(/; did you mean invalid-profile\?$/);
  });

  it.each(SHORT_FAULTS.slice(1))("takes %s without anything beside it", (kind) => {
    expect(parseFault(kind)).toMatchObject({ fault: { kind } });
  });
});
