import { describe, expect, it } from "vitest";
import { SeenIds } from "../../src/export/seen-ids.ts";
import { profileRow } from "../../src/page/profile-row.ts";
import { rowsOf } from "../helpers/page-results.ts";

const built = (distinctId: string | null) => profileRow({ distinctId, lastSeen: null, properties: {} });
const sent = (...ids: readonly string[]) => rowsOf(...ids.map((id) => `{"$distinct_id":${id}}`));

describe("SeenIds", () => {
  it("counts ids that came before, however they are spelled", () => {
    const ids = new SeenIds();
    ids.add(sent('"a"', '"12"', '"é\\u0031"', '"日本"', '"\\ud800"'));
    expect(ids.repeated()).toBe(0);
    ids.add(sent('"\\u0061"', "12", '"é1"', '"日本"'));
    ids.add([built("\ud800"), built("b")]);
    expect(ids.repeated()).toBe(5);
  });

  it("takes a profile without an id for no other", () => {
    const ids = new SeenIds();
    ids.add([...sent("null", "null", '""'), built(null), built(null)]);
    expect(ids.repeated()).toBe(0);
  });

  it("tells a hundred thousand ids apart that look alike", () => {
    const ids = new SeenIds();
    for (let page = 0; page < 100; page++) {
      ids.add(Array.from({ length: 1_000 }, (_, row) => built(`user-${String(1_000 * page + row).padStart(8, "0")}`)));
    }
    expect(ids.repeated()).toBe(0);
  });

  it("keeps a clone apart from what it was made of", () => {
    const ids = new SeenIds();
    ids.add([built("a")]);
    const clone = ids.clone();
    clone.add([built("a")]);
    expect([ids.repeated(), clone.repeated()]).toEqual([0, 1]);
  });

  it("does not know of more than a million, and keeps none of them", () => {
    const ids = new SeenIds();
    const page = Array.from({ length: 2 ** 17 }, () => built("a"));
    for (let count = 0; count < 8; count++) ids.add(page);
    expect(ids.repeated()).toBe(2 ** 20 - 1);
    ids.add([built("b")]);
    expect(ids.repeated()).toBeUndefined();
    expect(ids.clone().repeated()).toBeUndefined();
  });
});
