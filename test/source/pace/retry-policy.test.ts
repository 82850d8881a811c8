import { describe, expect, it } from "vitest";
import { EngageError, type EngageErrorCode } from "../../../src/engage-error.ts";
import { backoff, retryVerdict } from "../../../src/source/pace/retry-policy.ts";
import { EngageFailure } from "../../../src/source/request/engage-failure.ts";

const MAX_WAIT = 60_000;

function verdict(
  code: EngageErrorCode,
  {
    faults = 1,
    maxRetries = 5,
    random = 1,
    retryAfter,
  }: Partial<Record<"faults" | "maxRetries" | "random" | "retryAfter", number>> = {},
) {
  const rateLimit = code === "rate-limited" ? ({ shape: "window", wait: retryAfter, retryAfter } as const) : undefined;
  const failure = new EngageFailure(new EngageError(code, "no", { retryAfter }), rateLimit);
  return retryVerdict(failure, { faults, maxRetries, maxWait: MAX_WAIT, random });
}

describe("retryVerdict: a failure", () => {
  it.each<EngageErrorCode>(["unauthorized", "plan", "forbidden", "not-found", "bad-request", "session-expired"])(
    "that makes every further page pointless ends everything, however many repeats are left: %s",
    (code) => {
      expect(verdict(code)).toEqual({ action: "end" });
      expect(verdict(code, { maxRetries: 0 })).toEqual({ action: "end" });
      expect(verdict(code, { retryAfter: 1 })).toEqual({ action: "end" });
    },
  );

  it.each<EngageErrorCode>(["server", "network", "timeout", "bad-response"])(
    "of one request is repeated as often as asked, then the page is given up: %s",
    (code) => {
      const after = [200, 500, 1250, 3125, 7812.5];
      after.forEach((wait, index) => {
        expect(verdict(code, { faults: index + 1 })).toEqual({ action: "repeat", after: wait });
      });
      expect(verdict(code, { faults: 6 })).toEqual({ action: "give-up" });
      expect(verdict(code, { faults: 1, maxRetries: 0 })).toEqual({ action: "give-up" });
      expect(verdict(code, { faults: 2, maxRetries: 1 })).toEqual({ action: "give-up" });
    },
  );

  it("is repeated between half the time and the whole of it", () => {
    expect(verdict("network", { random: 0 })).toEqual({ action: "repeat", after: 100 });
    expect(verdict("network", { random: 0.5 })).toEqual({ action: "repeat", after: 150 });
    expect(verdict("network", { faults: 3, random: 0 })).toEqual({ action: "repeat", after: 625 });
  });

  it.each([
    [0, 200],
    [150, 200],
    [201, 201],
    [30_000, 30_000],
    [MAX_WAIT, MAX_WAIT],
  ])("waits as long as the server asks, and never less than without: %i ms", (retryAfter, after) => {
    expect(verdict("server", { retryAfter })).toEqual({ action: "repeat", after });
  });

  it("is given up where the server asks for more than the longest wait", () => {
    expect(verdict("server", { retryAfter: MAX_WAIT + 1 })).toEqual({ action: "give-up" });
  });
});

describe("retryVerdict: a rate limit", () => {
  it("waits for the gate, and uses up no repeat", () => {
    expect(verdict("rate-limited")).toEqual({ action: "wait-for-gate" });
    expect(verdict("rate-limited", { faults: 99 })).toEqual({ action: "wait-for-gate" });
    expect(verdict("rate-limited", { retryAfter: 2 * MAX_WAIT })).toEqual({ action: "wait-for-gate" });
  });

  it("gives the page up where no repeat is wanted at all", () => {
    expect(verdict("rate-limited", { maxRetries: 0 })).toEqual({ action: "give-up" });
  });
});

describe("backoff", () => {
  it("grows to its limit, and stays a number for ever", () => {
    expect(backoff(1, 100, 1000, 1)).toBe(100);
    expect(backoff(3, 100, 1000, 1)).toBe(625);
    expect(backoff(4, 100, 1000, 1)).toBe(1000);
    expect(backoff(1e6, 100, 1000, 0)).toBe(500);
  });
});
