import { describe, expect, it } from "vitest";
import { EngageError, isEngageError } from "../src/engage-error.ts";

describe("EngageError", () => {
  it("says what happened, and what it knows beside", () => {
    const cause = new TypeError("beneath");
    const error = new EngageError("server", "no", { cause, status: 503, pageIndex: 0, retryAfter: 7 });
    expect(error).toMatchObject({ name: "EngageError", code: "server", message: "no" });
    expect([error.status, error.pageIndex, error.retryAfter, error.result]).toEqual([503, 0, 7, undefined]);
    expect(error.cause).toBe(cause);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe("EngageError: no");
  });

  it("has a cause where one was given, be it undefined, and none otherwise", () => {
    expect(Object.hasOwn(new EngageError("usage", "no"), "cause")).toBe(false);
    expect(Object.hasOwn(new EngageError("usage", "no", { status: 400 }), "cause")).toBe(false);
    expect(Object.hasOwn(new EngageError("usage", "no", { cause: undefined }), "cause")).toBe(true);
  });

  it("is told from other errors, and by its code", () => {
    const error: unknown = new EngageError("locked", "no");
    expect(isEngageError(error)).toBe(true);
    expect(isEngageError(error, "locked")).toBe(true);
    expect(isEngageError(error, "usage")).toBe(false);
    for (const other of [new Error("no"), { name: "EngageError", code: "locked" }, "locked", null, undefined]) {
      expect(isEngageError(other)).toBe(false);
      expect(isEngageError(other, "locked")).toBe(false);
    }
  });
});
