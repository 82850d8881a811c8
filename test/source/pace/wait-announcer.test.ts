import { describe, expect, it } from "vitest";
import { clock } from "../../../src/clock.ts";
import type { EngageWarning } from "../../../src/engage-warning.ts";
import type { RateLimitShape } from "../../../src/source/pace/rate-limit-headers.ts";
import { waitAnnouncer } from "../../../src/source/pace/wait-announcer.ts";
import { fakeTime, NOW } from "../../helpers/fake-time.ts";

fakeTime();

function announcer() {
  const warnings: EngageWarning[] = [];
  const announce = waitAnnouncer((warning) => warnings.push(warning));
  return {
    warnings,
    wait: (milliseconds: number, shape: RateLimitShape = "window") =>
      announce(clock.now() + milliseconds, { shape, wait: undefined, retryAfter: undefined }),
  };
}

describe("waitAnnouncer", () => {
  it.each<[RateLimitShape, string]>([
    ["window", "Mixpanel's hourly limit of queries is used up"],
    ["concurrency", "Mixpanel's limit of concurrent queries is used up"],
    ["load-shedding", "Mixpanel is shedding load"],
  ])("says why, how long and until when: %s", (shape, reason) => {
    const { warnings, wait } = announcer();
    wait(90_500, shape);
    expect(warnings).toEqual([
      { code: "waiting", until: NOW + 90_500, message: `${reason}: waiting 91 s, until 2026-01-02T03:05:35.500Z` },
    ]);
  });

  it("says nothing of a wait of 10 s or less", () => {
    const { warnings, wait } = announcer();
    wait(10_000);
    wait(1);
    expect(warnings).toEqual([]);
    wait(10_001);
    expect(warnings).toHaveLength(1);
  });

  it("says a wait once for all who hit it, and again when it grows", () => {
    const { warnings, wait } = announcer();
    for (const milliseconds of [20_000, 20_005, 19_000, 20_999, 21_000, 60_000]) wait(milliseconds);
    expect(warnings.map(({ until = 0 }) => until - NOW)).toEqual([20_000, 21_000, 60_000]);
  });

  it("says a wait for a repeat in the same way", () => {
    const warnings: EngageWarning[] = [];
    const announce = waitAnnouncer((warning) => warnings.push(warning));
    announce(0, "repeat");
    announce(clock.now() + 10_000, "repeat");
    announce(clock.now() + 30_000, "repeat");
    expect(warnings).toMatchObject([
      {
        code: "waiting",
        until: NOW + 30_000,
        message: expect.stringContaining("waiting 30 s, until 2026-01-02T03:04:35.000Z"),
      },
    ]);
  });
});
