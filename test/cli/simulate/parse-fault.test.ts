import { expect, test } from "vitest";
import { parseFault } from "../../../src/cli/simulate/parse-fault.ts";
import { errorOf } from "../../helpers/error-of.ts";

test.each([
  ["503", { fault: { kind: "response", status: 503 } }],
  ["503@2", { page: 2, fault: { kind: "response", status: 503 } }],
  ["reset@every", { page: "every", fault: { kind: "reset" } }],
  ["cut@lastx3", { page: "last", times: 3, fault: { kind: "cut" } }],
  ["500@1xalways", { page: 1, times: Number.POSITIVE_INFINITY, fault: { kind: "response", status: 500 } }],
  ["rate-limit@1", { page: 1, fault: { kind: "rate-limit", shape: "window", seconds: 2 } }],
  ['{"page":1,"fault":{"kind":"cut","after":10}}', { page: 1, fault: { kind: "cut", after: 10 } }],
])("%s is a fault", (text, rule) => {
  expect(parseFault(text)).toEqual(rule);
});

test.each([["bogus"], ["503@"], ["99"], ["reset@first"], ["{oops"]])("%s is none", (text) => {
  const error = errorOf(() => parseFault(text));
  expect(error.code).toBe("usage");
  expect(error.message).toContain(text);
});
