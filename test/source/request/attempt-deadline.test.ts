import { describe, expect, it, vi } from "vitest";
import { AttemptDeadline } from "../../../src/source/request/attempt-deadline.ts";
import { elapse, fakeTime } from "../../helpers/fake-time.ts";

fakeTime();

const reason = new Error("enough");

function deadline(timeout = 1000, caller = new AbortController().signal) {
  return new AttemptDeadline(timeout, caller);
}

describe("the time for an attempt", () => {
  it("aborts when it is over, and says so", async () => {
    const attempt = deadline(1500);
    await elapse(1499);
    expect([attempt.signal.aborted, attempt.exceeded]).toEqual([false, undefined]);
    await elapse(1);
    expect([attempt.signal.aborted, attempt.exceeded]).toEqual([true, "No whole answer within 1.5 s"]);
  });

  it("may be longer than a timer can run", async () => {
    const attempt = deadline(Number.POSITIVE_INFINITY);
    await elapse(500_000);
    expect(attempt.signal.aborted).toBe(false);
  });

  it("does nothing once the attempt is over", async () => {
    const attempt = deadline();
    attempt.watchBody();
    attempt.clear();
    expect(vi.getTimerCount()).toBe(0);
    await elapse(100_000);
    expect([attempt.signal.aborted, attempt.exceeded]).toEqual([false, undefined]);
  });
});

describe("a body", () => {
  it("may stand still for just under 60 s, as often as it likes", async () => {
    const attempt = deadline(10_000_000);
    attempt.watchBody();
    for (let byte = 0; byte < 5; byte++) {
      await elapse(59_999);
      attempt.byteArrived();
    }
    expect(attempt.signal.aborted).toBe(false);
    await elapse(60_000);
    expect(attempt.exceeded).toBe("No further byte of the answer within 60 s");
  });

  it("is not watched before its headers came, nor after the attempt was ended", async () => {
    const attempt = deadline(70_000);
    await elapse(70_000);
    expect(attempt.exceeded).toBe("No whole answer within 70 s");
    attempt.watchBody();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the caller", () => {
  it("ends the attempt with its reason, now or before", () => {
    const controller = new AbortController();
    const running = deadline(1000, controller.signal);
    controller.abort(reason);
    const late = deadline(1000, controller.signal);
    for (const attempt of [running, late]) {
      expect([attempt.signal.reason, attempt.exceeded]).toEqual([reason, undefined]);
    }
  });

  it("is not listened to any more after the attempt", () => {
    const controller = new AbortController();
    const attempt = deadline(1000, controller.signal);
    attempt.clear();
    controller.abort(reason);
    expect(attempt.signal.aborted).toBe(false);
  });
});
