import { describe, expect, it } from "vitest";
import { clock } from "../../src/clock.ts";
import { profilePages } from "../../src/source/profile-pages.ts";
import { fakeEngage, PROJECT } from "../helpers/fake-engage.ts";
import { fakeTime, inFakeTime } from "../helpers/fake-time.ts";
import { LimitedEngage } from "../helpers/limited-engage.ts";

fakeTime();

const LATENCY = 300;

interface Run {
  readonly allows: (served: number) => number;
  readonly pages?: number;
  readonly concurrency?: number;
  /** 0.3 for latencies of ± 30 %. */
  readonly spread?: number;
}

/** An export from a project that allows so many queries at once: what it took, and what the project saw. */
async function exported({ allows, pages = 100, concurrency = 5, spread = 0 }: Run) {
  const latency = ({ page }: { page: number }) => LATENCY * (1 + spread * Math.sin(page * 7.3));
  const server = new LimitedEngage({ total: pages * 2, allows, latency });
  const { fetch } = fakeEngage(server.answer);
  const messages: string[] = [];
  const onWarning = ({ code, message }: { code: string; message: string }): void => {
    if (code === "pace") messages.push(message);
  };
  const startedAt = clock.now();
  const reader = profilePages({ ...PROJECT, fetch, concurrency, onWarning }).getReader();
  const statuses = await inFakeTime(
    (async () => {
      const read: string[] = [];
      for (let next = await reader.read(); !next.done; next = await reader.read()) read.push(next.value.status);
      return read;
    })(),
  );
  expect(statuses).toEqual(Array(pages).fill("loaded"));
  // Page 0 comes alone, and with the second answer the first volley is over.
  const afterVolley = server.refusedAt.filter((served) => served > 1).length;
  return { took: clock.now() - startedAt, afterVolley, server, messages };
}

describe("profilePages, from a project whose slots others use too", () => {
  it.each([
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 0],
    [1, 0.3],
    [2, 0.3],
    [3, 0.3],
    [4, 0.3],
  ])(
    "takes as long as with `concurrency` fixed to the %i that it allows, with few 429s (± %d)",
    async (allowed, spread) => {
      const allows = () => allowed;
      const fixed = await exported({ allows, concurrency: allowed, spread });
      const ours = await exported({ allows, spread });
      expect(ours.took / fixed.took).toBeLessThanOrEqual(1.05);
      expect(ours.server.refusedAt.length - ours.afterVolley).toBe(5 - allowed);
      expect(ours.afterVolley).toBeLessThanOrEqual(100 / 20);
    },
  );

  it.each([10, 20, 30, 40, 50])("is back at full speed within 20 pages when they leave after %i", async (left) => {
    const { server } = await exported({ allows: (served) => (served < left ? 2 : 5), pages: left + 30 });
    expect(server.pagesUntil(5, left)).toBeLessThanOrEqual(20);
  });

  it("follows what it allows up, and says each change: 1, 2, 3 and then 5 again", async () => {
    const allows = (served: number) => (served < 30 ? 1 : served < 60 ? 2 : served < 90 ? 3 : 5);
    const { server, afterVolley, messages, took } = await exported({ allows, pages: 130 });
    expect(server.pagesUntil(5, 90)).toBeLessThanOrEqual(25);
    expect(afterVolley).toBeLessThanOrEqual(130 / 20);
    // 30 pages one at a time, 30 two at a time and so on.
    expect(took / (LATENCY * (30 + 30 / 2 + 30 / 3 + 40 / 5))).toBeLessThanOrEqual(1.25);
    expect(messages[0]).toBe(
      "Mixpanel refused a query because too many run at once: at most 4 requests at a time, instead of 5",
    );
    expect(messages.at(-1)).toBe("Trying more queries at once again: at most 5 requests at a time, instead of 4");
  });

  it("comes down with it, one 429 for each slot that is gone", async () => {
    const { server, took } = await exported({ allows: (served) => (served < 40 ? 5 : 2), pages: 60 });
    expect(server.refusedAt.length).toBe(3);
    expect(took / (LATENCY * (1 + 40 / 5 + 20 / 2))).toBeLessThanOrEqual(1.05);
  });
});
