import { getEventListeners } from "node:events";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { clock } from "../../../src/clock.ts";
import { EngageError } from "../../../src/engage-error.ts";
import type { RateLimit, RateLimitShape } from "../../../src/source/pace/rate-limit-headers.ts";
import { type Pass, RequestGate } from "../../../src/source/pace/request-gate.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { elapse, fakeTime, settled } from "../../helpers/fake-time.ts";

fakeTime();
beforeEach(() => {
  // The longest of every jittered wait.
  vi.spyOn(Math, "random").mockReturnValue(1);
});

const HOUR = 3_600_000;

/** A gate, and who has been let through it. */
function gateOf({ concurrency = 5, maxWait = HOUR } = {}) {
  const waits: { until: number; limit: RateLimit }[] = [];
  const paces: string[] = [];
  const gate = new RequestGate({
    concurrency,
    maxWait,
    onWait: (until, limit) => waits.push({ until, limit }),
    warn: (w) => paces.push(w.message),
  });
  const admitted: number[] = [];
  const passes = new Map<number, Pass>();
  const enter = (order: number, { notBefore = 0, signal = new AbortController().signal } = {}) =>
    gate.enter(order, notBefore, signal).then((pass) => {
      admitted.push(order);
      passes.set(order, pass);
    });
  const pass = (order: number): Pass => {
    const given = passes.get(order);
    if (given === undefined) throw new Error(`Nobody let ${order} through`);
    passes.delete(order);
    return given;
  };
  return { enter, pass, admitted, waits, paces };
}

/** The same with some already inside. */
async function gateWith(orders: readonly number[], options?: Parameters<typeof gateOf>[0]) {
  const gate = gateOf(options);
  for (const order of orders) void gate.enter(order);
  await settled();
  return gate;
}

function limited(shape: RateLimitShape, wait?: number, retryAfter?: number): RateLimit {
  return { shape, wait, retryAfter };
}

describe("RequestGate: the number in flight", () => {
  it.each([1, 2, 5])("never passes %i", async (concurrency) => {
    const { admitted, pass } = await gateWith([0, 1, 2, 3, 4, 5, 6, 7], { concurrency });
    expect(admitted).toHaveLength(concurrency);
    for (let order = 0; order < 8; order++) {
      pass(order).succeed();
      await settled();
      expect(admitted).toHaveLength(Math.min(8, concurrency + order + 1));
    }
  });

  it("counts those who failed as gone", async () => {
    const { admitted, pass } = await gateWith([0, 1], { concurrency: 1 });
    pass(0).fail();
    await settled();
    expect(admitted).toEqual([0, 1]);
  });

  it("is filled in the order of the pages, not of arrival", async () => {
    const { admitted, pass, enter } = await gateWith([9], { concurrency: 1 });
    for (const order of [4, 2, 7, 1]) void enter(order);
    for (const order of [9, 1, 2, 4]) {
      pass(order).succeed();
      await settled();
    }
    expect(admitted).toEqual([9, 1, 2, 4, 7]);
  });
});

describe("RequestGate: a repeat", () => {
  it("is not let through before its time, and keeps nobody else", async () => {
    const { admitted, enter, pass } = gateOf({ concurrency: 1 });
    void enter(0, { notBefore: clock.now() + 500 });
    void enter(1);
    await settled();
    expect(admitted).toEqual([1]);
    pass(1).succeed();
    await elapse(499);
    expect(admitted).toEqual([1]);
    await elapse(1);
    expect(admitted).toEqual([1, 0]);
  });

  it("goes ahead of later pages once its time has come", async () => {
    const { admitted, enter, pass } = await gateWith([5], { concurrency: 1 });
    void enter(6);
    void enter(1, { notBefore: clock.now() + 100 });
    await elapse(100);
    pass(5).succeed();
    await settled();
    expect(admitted).toEqual([5, 1]);
  });

  it("goes when its own time has come, whoever waits longer", async () => {
    const { admitted, enter } = gateOf();
    for (const after of [900, 100, 500]) void enter(after, { notBefore: clock.now() + after });
    await elapse(100);
    expect(admitted).toEqual([100]);
    await elapse(400);
    expect(admitted).toEqual([100, 500]);
    await elapse(400);
    expect(admitted).toEqual([100, 500, 900]);
  });

  it("may wait longer than a timer can", async () => {
    const { admitted, enter } = gateOf();
    void enter(0, { notBefore: clock.now() + 40 * 24 * HOUR });
    await elapse(39 * 24 * HOUR);
    expect(admitted).toEqual([]);
    await elapse(24 * HOUR);
    expect(admitted).toEqual([0]);
  });
});

describe("RequestGate: a 429", () => {
  it("to five requests sends one probe, and the others when that succeeds", async () => {
    const { admitted, enter, pass } = await gateWith([0, 1, 2, 3, 4]);
    for (let order = 0; order < 5; order++) {
      pass(order).rateLimited(limited("load-shedding", 1000));
      void enter(order);
    }
    await elapse(999);
    expect(admitted).toHaveLength(5);
    await elapse(1);
    expect(admitted.slice(5)).toEqual([0]);
    await elapse(HOUR);
    expect(admitted.slice(5)).toEqual([0]);
    pass(0).succeed();
    await settled();
    expect(admitted.slice(5)).toEqual([0, 1, 2, 3, 4]);
  });

  it("to the probe closes the gate again, for longer", async () => {
    const { admitted, enter, pass, waits } = await gateWith([0, 1]);
    pass(0).rateLimited(limited("load-shedding"));
    void enter(0);
    await elapse(1000);
    for (const wait of [2500, 6250, 15_625, 39_062.5, 60_000, 60_000]) {
      pass(0).rateLimited(limited("load-shedding"));
      void enter(0);
      expect(waits.at(-1)?.until).toBe(clock.now() + wait);
      const before = admitted.length;
      await elapse(Math.ceil(wait) - 1);
      expect(admitted).toHaveLength(before);
      await elapse(1);
      expect(admitted).toHaveLength(before + 1);
    }
  });

  it("lets the next one probe when the probe fails for another reason", async () => {
    const { admitted, enter, pass } = await gateWith([0]);
    pass(0).rateLimited(limited("window", 1000));
    void enter(0);
    void enter(1);
    await elapse(1000);
    expect(admitted).toEqual([0, 0]);
    pass(0).fail();
    await settled();
    expect(admitted).toEqual([0, 0, 1]);
    pass(1).succeed();
    void enter(2);
    void enter(3);
    await settled();
    expect(admitted).toEqual([0, 0, 1, 2, 3]);
  });

  it("to a request from before the last one changes nothing once a probe is under way", async () => {
    const { admitted, enter, pass, waits } = await gateWith([0, 1, 2]);
    pass(0).rateLimited(limited("window", 1000));
    void enter(0);
    await elapse(1000);
    pass(1).rateLimited(limited("window", 9000));
    void enter(1);
    expect(waits).toHaveLength(1);
    pass(0).succeed();
    await settled();
    expect(admitted).toEqual([0, 1, 2, 0, 1]);
    pass(2).rateLimited(limited("window", 9000));
    void enter(2);
    await settled();
    expect(admitted).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it("to a request from before the last one frees its place", async () => {
    const { admitted, enter, pass } = await gateWith([0, 1], { concurrency: 2 });
    pass(0).rateLimited(limited("window", 1000));
    void enter(2);
    await elapse(1000);
    pass(2).succeed();
    void enter(3);
    void enter(4);
    await settled();
    expect(admitted).toEqual([0, 1, 2, 3]);
    pass(1).rateLimited(limited("window", 1000));
    await settled();
    expect(admitted).toEqual([0, 1, 2, 3, 4]);
  });

  it("to a request from before the last one may make the wait longer, never shorter, and counts once", async () => {
    const { admitted, enter, pass, waits } = await gateWith([0, 1, 2]);
    const startedAt = clock.now();
    pass(0).rateLimited(limited("window", 5000));
    pass(1).rateLimited(limited("window", 3000));
    pass(2).rateLimited(limited("window", 7000));
    void enter(0);
    expect(waits.map(({ until }) => until - startedAt)).toEqual([5000, 7000]);
    await elapse(6999);
    expect(admitted).toHaveLength(3);
    await elapse(1);
    expect(admitted).toHaveLength(4);
  });

  it("leaves requests in flight alone, whose success says that the server answers again", async () => {
    const { pass, enter, waits } = await gateWith([0, 1], { maxWait: 10_000 });
    pass(0).rateLimited(limited("window", 9000));
    pass(1).succeed();
    void enter(0);
    await elapse(9000);
    expect(() => pass(0).rateLimited(limited("window", 9000))).not.toThrow();
    expect(waits).toHaveLength(2);
  });

  it("keeps the gate closed for those who come later", async () => {
    const { admitted, enter, pass } = await gateWith([0]);
    pass(0).rateLimited(limited("window", 1000));
    await elapse(500);
    void enter(1);
    await elapse(499);
    expect(admitted).toEqual([0]);
    await elapse(1);
    expect(admitted).toEqual([0, 1]);
  });

  it("is waited for with one timer, not by looking again and again", async () => {
    const { enter, pass } = await gateWith([0]);
    pass(0).rateLimited(limited("window", 5000));
    const delays: unknown[] = [];
    const fake = globalThis.setTimeout;
    vi.stubGlobal("setTimeout", (act: () => void, delay: number) => {
      delays.push(delay);
      return fake(act, delay);
    });
    void enter(0);
    await elapse(5000).finally(() => vi.unstubAllGlobals());
    expect(delays.filter((delay) => delay === 5000)).toHaveLength(1);
    expect(delays.filter((delay) => delay === 1)).toHaveLength(0);
  });

  it("opens for the first comer when its wait is over and nobody was there", async () => {
    const { admitted, enter, pass } = await gateWith([0]);
    pass(0).rateLimited(limited("window", 1000));
    await elapse(5000);
    void enter(1);
    await settled();
    expect(admitted).toEqual([0, 1]);
  });
});

describe("RequestGate: the wait", () => {
  it.each<[string, RateLimit, number]>([
    ["a window that names its end", limited("window", HOUR / 2), HOUR / 2],
    ["a window that does not", limited("window"), 60_000],
    ["too many at once, with a time", limited("concurrency", 10_000), 10_000],
    ["too many at once, without", limited("concurrency"), 1000],
    ["load shedding, with a time", limited("load-shedding", 30_000), 30_000],
    ["load shedding, without", limited("load-shedding"), 1000],
    ["Retry-After: 0", limited("window", 0), 100],
    ["a very short time", limited("window", 1), 100],
  ])("is as long as the limit says, and never none at all: %s", async (_, limit, expected) => {
    const { pass, waits } = await gateWith([0]);
    pass(0).rateLimited(limit);
    expect(waits).toEqual([{ until: clock.now() + expected, limit }]);
  });

  it("is at least half of what it would be, whatever the dice say", async () => {
    vi.mocked(Math.random).mockReturnValue(0);
    const { pass, waits } = await gateWith([0]);
    pass(0).rateLimited(limited("load-shedding"));
    expect(waits[0]?.until).toBe(clock.now() + 500);
  });

  it("named by the server grows too where it is named again and again", async () => {
    const { enter, pass, waits } = await gateWith([0]);
    const lengths: number[] = [];
    for (let refusal = 0; refusal < 12; refusal++) {
      pass(0).rateLimited(limited("window", 0));
      lengths.push((waits.at(-1)?.until ?? 0) - clock.now());
      void enter(0);
      await elapse(60_000);
    }
    expect(lengths.slice(0, 4)).toEqual([100, 250, 625, 1562.5]);
    expect(lengths.at(-1)).toBe(60_000);
  });

  it("starts small again after a success", async () => {
    const { enter, pass, waits } = await gateWith([0]);
    for (let refusal = 0; refusal < 5; refusal++) {
      pass(0).rateLimited(limited("load-shedding"));
      void enter(0);
      await elapse(60_000);
    }
    pass(0).succeed();
    void enter(0);
    await settled();
    pass(0).rateLimited(limited("load-shedding"));
    expect((waits.at(-1)?.until ?? 0) - clock.now()).toBe(1000);
  });
});

describe("RequestGate: too many at once", () => {
  it("lets those go on who are within the limit: whoever ends makes room for the page that was refused", async () => {
    const { admitted, enter, pass, waits } = await gateWith([0, 1, 2, 3, 4]);
    for (const order of [2, 3, 4]) {
      pass(order).rateLimited(limited("concurrency", 10_000));
      void enter(order);
    }
    for (const order of [5, 6]) void enter(order);
    await elapse(60_000);
    expect(admitted).toHaveLength(5);
    for (const order of [0, 1, 2]) {
      pass(order).succeed();
      await settled();
    }
    expect([admitted.slice(5), waits]).toEqual([[2, 3, 4], []]);
  });

  it("lowers the number in flight with each refusal, and tries one more after 20 pages", async () => {
    const { admitted, enter, pass, paces } = await gateWith([0, 1, 2, 3, 4]);
    for (const order of [2, 3, 4]) pass(order).rateLimited(limited("concurrency"));
    for (let order = 5; order < 60; order++) void enter(order);
    const ended = [0, 1, ...Array.from({ length: 30 }, (_, page) => page + 5)];
    const inFlight: number[] = [];
    for (const order of ended) {
      pass(order).succeed();
      await settled();
      inFlight.push(admitted.length - 3 - inFlight.length - 1);
    }
    expect(inFlight).toEqual([...Array(19).fill(2), 3, 3, 4, ...Array(10).fill(5)]);
    expect(paces).toEqual([
      "Mixpanel refused a query because too many run at once: at most 4 requests at a time, instead of 5",
      "Mixpanel refused a query because too many run at once: at most 3 requests at a time, instead of 4",
      "Mixpanel refused a query because too many run at once: at most 2 requests at a time, instead of 3",
      "Trying more queries at once again: at most 3 requests at a time, instead of 2",
      "Trying more queries at once again: at most 4 requests at a time, instead of 3",
      "Trying more queries at once again: at most 5 requests at a time, instead of 4",
    ]);
  });

  it("keeps the page back that was refused for as long as Retry-After says, and nobody else", async () => {
    const { admitted, enter, pass, waits } = await gateWith([0, 1, 2], { concurrency: 3 });
    const repeatAt = pass(1).rateLimited(limited("concurrency", 20_000, 20_000));
    expect(repeatAt).toBe(clock.now() + 20_000);
    expect(waits).toMatchObject([{ until: repeatAt }]);
    void enter(1, { notBefore: repeatAt });
    void enter(3);
    pass(0).succeed();
    await settled();
    expect(admitted).toEqual([0, 1, 2, 3]);
    pass(2).succeed();
    await elapse(19_999);
    expect(admitted).toEqual([0, 1, 2, 3]);
    await elapse(1);
    expect(admitted).toEqual([0, 1, 2, 3, 1]);
  });

  it("closes for everyone where none of ours is left whose end would make room", async () => {
    const { admitted, enter, pass, waits } = await gateWith([0]);
    pass(0).rateLimited(limited("concurrency", 10_000));
    for (const order of [0, 1, 2, 3, 4]) void enter(order);
    expect(waits).toMatchObject([{ until: clock.now() + 10_000 }]);
    await elapse(9999);
    expect(admitted).toEqual([0]);
    await elapse(1);
    expect(admitted).toEqual([0, 0]);
    pass(0).succeed();
    await settled();
    expect(admitted).toEqual([0, 0, 1, 2, 3, 4]);
  });

  it("is not asked again in a loop where it refuses all: one at a time, after longer and longer waits", async () => {
    const { admitted, enter, pass, waits } = await gateWith([0, 1, 2, 3, 4]);
    for (const order of [0, 1, 2, 3, 4]) {
      pass(order).rateLimited(limited("concurrency"));
      void enter(order);
    }
    for (const wait of [1000, 2500, 6250]) {
      expect(waits.at(-1)?.until).toBe(clock.now() + wait);
      const before = admitted.length;
      await elapse(wait - 1);
      expect(admitted).toHaveLength(before);
      await elapse(1);
      expect(admitted).toHaveLength(before + 1);
      pass(0).rateLimited(limited("concurrency"));
      void enter(0);
    }
  });

  it("ends with `rate-limited` where one page is refused for ever, though others succeeded", async () => {
    const { admitted, enter, pass } = await gateWith([0, 1, 2, 3, 4, 5, 6], { maxWait: 30_000 });
    let refused = 0;
    const error = await errorOf(async () => {
      for (let seen = 0; ; seen++) {
        while (admitted.length === seen) await elapse(100);
        const order = admitted[seen] ?? 0;
        if (order > 0) {
          pass(order).succeed();
        } else {
          refused += 1;
          void enter(0, { notBefore: pass(0).rateLimited(limited("concurrency")) });
        }
        await settled();
      }
    });
    expect(error).toMatchObject({ code: "rate-limited" });
    expect(refused).toBeLessThan(10);
  });

  it("never lowers it below one", async () => {
    const { admitted, enter, pass } = await gateWith([0], { concurrency: 1 });
    for (let refusal = 0; refusal < 3; refusal++) {
      pass(0).rateLimited(limited("concurrency", 10));
      void enter(0);
      await elapse(10_000);
    }
    expect(admitted).toHaveLength(4);
  });

  it.each<RateLimitShape>(["window", "load-shedding"])("is not what a %s says", async (shape) => {
    const { admitted, enter, pass } = await gateWith([0]);
    pass(0).rateLimited(limited(shape, 1000));
    for (let order = 0; order < 6; order++) void enter(order);
    await elapse(1000);
    pass(0).succeed();
    await settled();
    expect(admitted).toHaveLength(7);
  });
});

describe("RequestGate: the longest wait", () => {
  it("bounds what one page waits for too many at once, while others go on", async () => {
    const { pass } = await gateWith([0, 1, 2], { maxWait: 10_000 });
    expect(pass(1).rateLimited(limited("concurrency", 10_000, 10_000))).toBe(clock.now() + 10_000);
    expect(errorOf(() => pass(2).rateLimited(limited("concurrency", 10_001, 10_001)))).toMatchObject({
      code: "rate-limited",
      retryAfter: 10_001,
    });
  });

  it("may be reached, and not passed: the error says when the next slot is", async () => {
    const { pass, enter } = await gateWith([0], { maxWait: 10_000 });
    pass(0).rateLimited(limited("window", 10_000));
    void enter(0);
    await elapse(10_000);
    const error = errorOf(() => pass(0).rateLimited(limited("window", 5000)));
    expect(error).toMatchObject({ code: "rate-limited", status: 429, retryAfter: 5000 });
    expect(error.message).toBe(
      "Mixpanel takes no more queries for now, and waiting would go past the longest wait of 10 s; the next slot is at 2026-01-02T03:04:20.000Z, in 5 s",
    );
  });

  it("is refused at once where one wait alone would pass it, however far away its end", async () => {
    for (const wait of [10_001, 365 * 24 * HOUR]) {
      const { pass, waits } = await gateWith([0], { maxWait: 10_000 });
      expect(errorOf(() => pass(0).rateLimited(limited("window", wait))).retryAfter).toBe(wait);
      expect(waits).toEqual([]);
    }
  });

  it("bounds the sum of waits, each counted once however many hit it", async () => {
    const { pass, enter } = await gateWith([0, 1, 2, 3, 4], { maxWait: 10_000 });
    for (let order = 0; order < 5; order++) pass(order).rateLimited(limited("window", 9000));
    void enter(0);
    await elapse(9000);
    pass(0).rateLimited(limited("window", 1000));
    void enter(0);
    await elapse(1000);
    expect(() => pass(0).rateLimited(limited("window", 100))).toThrow(EngageError);
  });

  it("starts over with every success", async () => {
    const { pass, enter } = await gateWith([0], { maxWait: 10_000 });
    for (let round = 0; round < 5; round++) {
      pass(0).rateLimited(limited("window", 9000));
      void enter(0);
      await elapse(9000);
      pass(0).succeed();
      void enter(0);
      await settled();
    }
  });

  it("of 0 waits for nothing, and one without end for everything", async () => {
    const none = await gateWith([0], { maxWait: 0 });
    expect(() => none.pass(0).rateLimited(limited("load-shedding", 1))).toThrow(EngageError);
    const any = await gateWith([0], { maxWait: Number.POSITIVE_INFINITY });
    expect(() => any.pass(0).rateLimited(limited("window", 365 * 24 * HOUR))).not.toThrow();
  });
});

describe("RequestGate: someone who waits", () => {
  const reason = new Error("enough");

  it("leaves when aborted, and frees the place", async () => {
    const { admitted, enter, pass } = await gateWith([0], { concurrency: 1 });
    const controller = new AbortController();
    const waiting = enter(1, { signal: controller.signal });
    void enter(2);
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    pass(0).succeed();
    await settled();
    expect(admitted).toEqual([0, 2]);
  });

  it("leaves no timer behind, in any kind of wait", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const { enter, pass } = await gateWith([0]);
    const repeat = enter(1, { notBefore: clock.now() + 1000, signal });
    expect(vi.getTimerCount()).toBe(1);
    pass(0).rateLimited(limited("window", 5000));
    const other = enter(2, { signal });
    controller.abort(reason);
    await expect(repeat).rejects.toBe(reason);
    await expect(other).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("is turned away where the signal has fired before", async () => {
    const { enter, admitted } = gateOf();
    await expect(enter(0, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(admitted).toEqual([]);
  });

  it("is not taken out by a signal that fires after it was let through, nor is anyone else", async () => {
    const controller = new AbortController();
    const { admitted, enter, pass } = gateOf({ concurrency: 1 });
    void enter(0, { signal: controller.signal });
    void enter(1);
    await settled();
    controller.abort(reason);
    pass(0).fail();
    await settled();
    expect(admitted).toEqual([0, 1]);
  });

  it("listens once, however many wait, and not when nobody does", async () => {
    const { signal } = new AbortController();
    const { enter, pass } = gateOf();
    for (let order = 0; order < 40; order++) void enter(order, { signal });
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    await settled();
    for (let order = 0; order < 40; order++) {
      pass(order).succeed();
      await settled();
    }
    expect(getEventListeners(signal, "abort")).toEqual([]);
  });
});
