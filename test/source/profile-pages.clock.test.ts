import { beforeEach, describe, expect, it, vi } from "vitest";
import { clock } from "../../src/clock.ts";
import { profilePages } from "../../src/source/profile-pages.ts";
import { type Answer, fakeEngage, hangs, onPage, PROJECT, serves } from "../helpers/fake-engage.ts";
import { elapse, fakeTime, inFakeTime, NOW } from "../helpers/fake-time.ts";

fakeTime();
beforeEach(() => {
  vi.spyOn(Math, "random").mockReturnValue(1);
});

const HOUR = 3_600_000;
const refuse =
  (status: number, headers: Record<string, string> = {}) =>
  () =>
    new Response("", { status, headers });
const stalls = () =>
  new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([0x7b])) }));

const cases: readonly (readonly [string, Answer, number])[] = [
  ["a wait for the hourly limit", refuse(429, { RateLimit: '"project";r=0', "Retry-After": "90" }), 90_000],
  ["a wait while the server sheds load", refuse(429), 1000],
  ["a wait for others of the project", refuse(429, { RateLimit: '"project-concurrency";r=0;t=20' }), 20_000],
  ["a wait before a repeat", refuse(503, { "Retry-After": "90" }), 90_000],
  ["the time for an attempt", hangs, 30_200],
  ["the time without a byte", stalls, 30_200],
];

/** Pages 0 and 1, the second after one failure; sets the system's time when `disturb` says so. */
async function pagesWith(answer: Answer, disturb: () => void): Promise<number> {
  const { fetch, calls } = fakeEngage(onPage(1, answer, 1), serves(4));
  const pages = profilePages({ ...PROJECT, fetch, concurrency: 1, timeout: 30_000 });
  const reader = pages.getReader();
  const startedAt = clock.now();
  const reading = (async () => {
    for (;;) if ((await reader.read()).done) return clock.now() - startedAt;
  })();
  reading.catch(() => {});
  await elapse(500);
  disturb();
  const took = await inFakeTime(reading);
  expect(calls.map(({ page }) => page)).toEqual([0, 1, 1]);
  return took;
}

describe("profilePages", () => {
  it.each(cases)("goes on in time when the system's clock is set back an hour: %s", async (_, answer, expected) => {
    expect(await pagesWith(answer, () => vi.setSystemTime(NOW - HOUR))).toBe(expected);
  });

  it.each(cases)("waits no less when the system's clock is set forward an hour: %s", async (_, answer, expected) => {
    expect(await pagesWith(answer, () => vi.setSystemTime(NOW + HOUR))).toBe(expected);
  });

  it.each(cases)("goes on in time where Date.now() stands still: %s", async (_, answer, expected) => {
    vi.spyOn(Date, "now").mockReturnValue(NOW);
    expect(await pagesWith(answer, () => {})).toBe(expected);
  });
});
