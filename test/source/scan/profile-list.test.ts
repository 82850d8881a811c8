import { describe, expect, it } from "vitest";
import { SLICES_PER_PROFILE } from "../../../src/page/page-slices.ts";
import { ProfileList } from "../../../src/source/scan/profile-list.ts";

describe("ProfileList", () => {
  it("holds more profiles than it has room for at first, in their order", () => {
    const list = new ProfileList();
    for (let index = 0; index < 5_000; index++) list.add(new Uint32Array(SLICES_PER_PROFILE).fill(index));
    const slices = list.slices(new Uint8Array());
    expect([slices.length, slices.begin(0, 0), slices.end(4_999, 8)]).toEqual([5_000, 0, 4_999]);
  });

  it("refuses more profiles than memory should hold, valid and invalid ones together", () => {
    const list = new ProfileList();
    list.add(new Uint32Array(999_999 * SLICES_PER_PROFILE));
    list.addInvalid({ reason: "not an object", bytes: new Uint8Array() });
    expect(list.invalid).toMatchObject([{ profileIndex: 999_999 }]);
    const message = "Expected at most 1000000 profiles in one page";
    expect(() => list.addInvalid({ reason: "not an object", bytes: new Uint8Array() })).toThrow(message);
    expect(() => list.add(new Uint32Array(SLICES_PER_PROFILE))).toThrow(message);
  });
});
