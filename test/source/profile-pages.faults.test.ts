import fc from "fast-check";
import { expect, it, vi } from "vitest";
import type { EngageProfile } from "../../src/page/engage-profile.ts";
import type { PageResult } from "../../src/page/page-result.ts";
import { profilePages } from "../../src/source/profile-pages.ts";
import { type Answer, fakeEngage, hangs, PROJECT, pageResponse, pageText, profile } from "../helpers/fake-engage.ts";
import { fakeTime, inFakeTime, settled } from "../helpers/fake-time.ts";

fakeTime();

const PAGE_SIZE = 2;

type Fault = (texts: readonly string[], head: Readonly<Record<string, unknown>>) => Response | Promise<Response>;

function refuse(status: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return () => new Response("no", { status, headers });
}

const FAULTS: Readonly<Record<string, Fault>> = {
  none: (texts, head) => pageResponse(texts, head),
  server: refuse(500),
  "server, later": refuse(503, { "Retry-After": "20" }),
  timeout: () => new Response("Timeout Error.", { status: 400 }),
  window: refuse(429, { RateLimit: '"project";r=0;t=30', "Retry-After": "30" }),
  concurrency: refuse(429, { RateLimit: '"project";r=9, "project-concurrency";r=0;t=5' }),
  shedding: refuse(429),
  reset: () => Promise.reject(new TypeError("reset")),
  cut: (texts, head) => new Response(pageText(texts, head).slice(0, -3)),
  html: () => new Response("<html>"),
  hang: hangs,
  stall: () => new Response(new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([0x7b])) })),
  empty: (_texts, head) => pageResponse([], head),
  invalid: (texts, head) =>
    pageResponse(
      texts.map((text, nth) => (nth === 0 ? "NaN" : text)),
      head,
    ),
  "another page": (texts, head) => pageResponse(texts, { ...head, page: 99 }),
  short: (texts, head) => pageResponse(texts.slice(1), head),
};

const plan = fc.record({
  total: fc.integer({ min: 0, max: 40 }),
  isTotalKnown: fc.boolean(),
  concurrency: fc.integer({ min: 1, max: 5 }),
  maxRetries: fc.integer({ min: 0, max: 3 }),
  latencies: fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 7 }),
  faults: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant("none") },
      { weight: 2, arbitrary: fc.constantFrom(...Object.keys(FAULTS)) },
    ),
    { minLength: 1, maxLength: 60 },
  ),
});

it("comes to an end with every page once and in order, or with an error, whatever goes wrong", async () => {
  await fc.assert(
    fc.asyncProperty(plan, async ({ total, isTotalKnown, concurrency, maxRetries, latencies, faults }) => {
      let requests = 0;
      const answer: Answer = ({ page }) => {
        const nth = requests++;
        const fault = FAULTS[faults[nth] ?? "none"] ?? refuse(500);
        const from = page * PAGE_SIZE;
        const texts = Array.from({ length: Math.max(0, Math.min(PAGE_SIZE, total - from)) }, (_, id) =>
          profile(from + id),
        );
        const head = { total: isTotalKnown ? total : undefined, page_size: PAGE_SIZE };
        const latency = latencies[nth % latencies.length] ?? 0;
        return new Promise((resolve, reject) => {
          setTimeout(() => Promise.resolve(fault(texts, head)).then(resolve, reject), latency);
        });
      };
      const engage = fakeEngage(answer);
      const stream = profilePages({ ...PROJECT, fetch: engage.fetch, concurrency, maxRetries, timeout: 90_000 });
      const pages: PageResult<EngageProfile>[] = [];
      const reading = stream.pipeTo(new WritableStream({ write: (page) => void pages.push(page) })).then(
        () => undefined,
        (error: unknown) => error,
      );
      const error = await inFakeTime(reading);
      await settled();
      await vi.advanceTimersByTimeAsync(10_000);

      expect(engage.inFlight).toBe(0);
      expect(vi.getTimerCount()).toBe(0);
      expect(engage.peakInFlight).toBeLessThanOrEqual(concurrency);
      expect(pages.map(({ pageIndex }) => pageIndex)).toEqual(pages.map((_, index) => index));
      for (const page of pages) {
        if (page.status === "failed") continue;
        const from = page.pageIndex * PAGE_SIZE;
        const due = Math.max(0, Math.min(PAGE_SIZE, total - from));
        const ids = page.rows.map(({ $distinct_id }) => $distinct_id);
        const whole = Array.from({ length: due }, (_, id) => `id-${from + id}`);
        if (isTotalKnown && due > 0) expect(page.profileCount).toBeGreaterThan(0);
        expect(page.rows.length + (page.invalid?.length ?? 0)).toBe(page.profileCount);
        expect(whole.slice(whole.length - ids.length)).toEqual(ids);
        expect(page.attempts).toBeGreaterThan(0);
      }
      if (error !== undefined) {
        expect(error).toMatchObject({ name: "EngageError" });
        if (isTotalKnown) expect(pages).toEqual([]);
      } else if (isTotalKnown) expect(pages).toHaveLength(Math.max(1, Math.ceil(total / PAGE_SIZE)));
    }),
    { numRuns: 30 },
  );
});
