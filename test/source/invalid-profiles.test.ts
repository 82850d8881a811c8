import { describe, expect, it, vi } from "vitest";
import type { EngageWarning } from "../../src/engage-warning.ts";
import type { InvalidProfile } from "../../src/page/page-result.ts";
import { InvalidProfiles, type OnInvalidProfile } from "../../src/source/invalid-profiles.ts";

const broken = (profileIndex: number): InvalidProfile => ({
  profileIndex,
  reason: "not an object",
  bytes: new Uint8Array([0x30]),
});

function invalidProfiles(take?: OnInvalidProfile) {
  const warnings: EngageWarning[] = [];
  return { profiles: new InvalidProfiles((warning) => warnings.push(warning), take), warnings };
}

describe("InvalidProfiles", () => {
  it("warns of each, by page, place and reason", async () => {
    const { profiles, warnings } = invalidProfiles();
    expect(await profiles.handOver(3, [broken(7), broken(9)])).toBe(0);
    profiles.end();
    expect(warnings).toEqual([
      { code: "invalid-profiles", message: "Profile 7 on page 3 is invalid and was set aside: not an object" },
      { code: "invalid-profiles", message: "Profile 9 on page 3 is invalid and was set aside: not an object" },
    ]);
  });

  it("hands each to the caller with its page, and counts those that are taken", async () => {
    const take = vi.fn();
    const { profiles } = invalidProfiles(take);
    expect(await profiles.handOver(3, [broken(7), broken(9)])).toBe(2);
    expect(take.mock.calls).toEqual([[{ pageIndex: 3, ...broken(7) }], [{ pageIndex: 3, ...broken(9) }]]);
  });

  it("warns of 20, then says how many more there were", async () => {
    const { profiles, warnings } = invalidProfiles();
    for (let page = 0; page < 1_000; page++) await profiles.handOver(page, [broken(0), broken(1)]);
    profiles.end();
    expect(warnings).toHaveLength(21);
    expect(warnings.at(-1)?.message).toBe("1980 more profiles are invalid and were set aside");
  });

  it("speaks of a single one as such", async () => {
    const { profiles, warnings } = invalidProfiles();
    await profiles.handOver(
      0,
      Array.from({ length: 21 }, (_, index) => broken(index)),
    );
    profiles.end();
    expect(warnings.at(-1)?.message).toBe("1 more profile is invalid and was set aside");
  });

  it.each<[string, OnInvalidProfile]>([
    [
      "throws",
      () => {
        throw new Error("disk full");
      },
    ],
    ["rejects", () => Promise.reject(new Error("disk full"))],
  ])("reports a listener that %s, and does not count what it did not take", async (_, refuse) => {
    const { profiles, warnings } = invalidProfiles((profile) =>
      profile.profileIndex === 8 ? refuse(profile) : undefined,
    );
    expect(await profiles.handOver(0, [broken(7), broken(8), broken(9)])).toBe(2);
    expect(warnings.filter(({ code }) => code === "listener-failed")).toEqual([
      { code: "listener-failed", message: "`onInvalidProfile` threw, and the export goes on: disk full" },
    ]);
  });

  it("does not flood with the errors of a listener either", async () => {
    const { profiles, warnings } = invalidProfiles(() => Promise.reject("no"));
    await profiles.handOver(
      0,
      Array.from({ length: 1_000 }, (_, index) => broken(index)),
    );
    expect(warnings.filter(({ code }) => code === "listener-failed")).toHaveLength(20);
  });

  it("waits for a listener before it hands over the next one", async () => {
    const events: string[] = [];
    const { profiles } = invalidProfiles(async ({ profileIndex }) => {
      events.push(`begin ${profileIndex}`);
      await Promise.resolve();
      events.push(`end ${profileIndex}`);
    });
    await profiles.handOver(0, [broken(1), broken(2)]);
    expect(events).toEqual(["begin 1", "end 1", "begin 2", "end 2"]);
  });
});
