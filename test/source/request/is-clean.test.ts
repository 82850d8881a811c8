import { describe, expect, it } from "vitest";
import { isClean } from "../../../src/source/request/is-clean.ts";

const redact = (text: string): string => text.replaceAll("hunter2", "***");

describe("isClean", () => {
  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["a number", 7],
    ["text", "failed"],
    [
      "an error as Node makes it",
      new TypeError("fetch failed", {
        cause: Object.assign(new Error("reset"), { code: "ECONNRESET", socket: { bytesRead: 1 } }),
      }),
    ],
    ["several errors in one", new AggregateError([new Error("one"), new Error("two")])],
    ["an error that aborts", new DOMException("gone", "AbortError")],
  ])("finds nothing in %s", (_, value) => {
    expect(isClean(value, redact)).toBe(true);
  });

  it.each<[string, unknown]>([
    ["text", "hunter2"],
    ["a message", new Error("no hunter2")],
    ["a cause", new Error("no", { cause: new Error("a", { cause: "hunter2" }) })],
    ["one of several errors", new AggregateError([new Error("one"), new Error("hunter2")])],
    ["a property", Object.assign(new Error("no"), { config: { headers: [["authorization", "hunter2"]] } })],
    ["a property that is not listed", Object.defineProperty(new Error("no"), "hidden", { value: "hunter2" })],
    ["a property with a symbol for a name", Object.assign(new Error("no"), { [Symbol("state")]: "hunter2" })],
    ["an object without a prototype", Object.assign(Object.create(null), { a: "hunter2" })],
    [
      "a request, which cannot be looked into",
      Object.assign(new Error("no"), { request: new Request("https://a.example") }),
    ],
    ["headers, which cannot be looked into", new Headers()],
  ])("finds what is to be hidden in %s", (_, value) => {
    expect(isClean(value, redact)).toBe(false);
  });

  it("comes to an end where an error holds itself", () => {
    const error: Error & { self?: unknown } = new Error("no");
    error.self = [error];
    expect(isClean(error, redact)).toBe(true);
  });
});
