import { describe, expect, test, vi } from "vitest";
import { orAborted } from "../src/when-aborted.ts";

const reason = new Error("enough");

describe("orAborted", () => {
  test("settles as the work does, and leaves no listener", async () => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    expect(await orAborted(Promise.resolve(7), signal)).toBe(7);
    await expect(orAborted(Promise.reject(reason), signal)).rejects.toBe(reason);
    expect(added).toHaveBeenCalledTimes(2);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });

  test("rejects when the signal fires, whatever becomes of work that does not hear of it", async () => {
    let fail: (reason: unknown) => void = () => {};
    const deaf = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const controller = new AbortController();
    const raced = orAborted(deaf, controller.signal);
    controller.abort(reason);
    await expect(raced).rejects.toBe(reason);
    fail(new Error("too late"));
    await new Promise((resolve) => setImmediate(resolve));
  });

  test("rejects at once if the signal fired before, and only waits without one", async () => {
    await expect(orAborted(new Promise(() => {}), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(await orAborted(Promise.resolve(7), undefined)).toBe(7);
  });
});
