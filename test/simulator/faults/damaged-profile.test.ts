import { describe, expect, it } from "vitest";
import { DAMAGES, damagedProfile } from "../../../src/simulator/faults/damaged-profile.ts";
import { engageSimulator, type Fault } from "../../../src/simulator.ts";
import { call } from "../../helpers/engage-call.ts";

const PROFILE = '{"$distinct_id":"a","$properties":{"n":1.0}}';
const ID = '{"$distinct_id":"a","$properties":';

const bytesOf = (text: string | Uint8Array) => (typeof text === "string" ? new TextEncoder().encode(text) : text);

async function served(profiles: readonly string[], fault: Fault): Promise<Uint8Array> {
  const response = await call(engageSimulator({ profiles, faults: [{ page: 0, fault }] }));
  return new Uint8Array(await response.arrayBuffer());
}

describe("damagedProfile", () => {
  it.each([
    ["nan", `${ID}{"damaged":NaN,"n":1.0}}`],
    ["control-character", `${ID}{"damaged":"\u0001","n":1.0}}`],
    ["properties-list", `${ID}[]}`],
    ["no-object", '"not a profile"'],
    ["unclosed", `${ID}{"n":1.0}`],
  ] as const)("%s leaves the id readable", (damage, text) => {
    expect(damagedProfile(PROFILE, damage)).toBe(text);
  });

  it("broken-utf-8 puts two bytes into a text that are no character", () => {
    const damaged = bytesOf(damagedProfile(PROFILE, "broken-utf-8"));
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(damaged)).toThrow(TypeError);
    const repaired = new TextDecoder().decode(damaged);
    expect(JSON.parse(repaired)).toEqual({ $distinct_id: "a", $properties: { damaged: "here\ufffd(", n: 1 } });
  });

  it.each(DAMAGES)("%s damages what has no properties, none of its own, or is no object", (damage) => {
    for (const json of ['{"$distinct_id":1}', '{"$properties":null}', '{"$properties":{}}', "null", " {} "]) {
      const text = new TextDecoder().decode(bytesOf(damagedProfile(json, damage)));
      const damaged = damage === "broken-utf-8" ? text.includes("\ufffd") : isDamaged(text);
      expect(damaged, `${damage} of ${json}: ${text}`).toBe(true);
    }
  });

  it("damages the place on the page that a fault names, and none beside it", async () => {
    const profiles = ["1", "2", "3"].map((id) => `{"$distinct_id":${id}}`);
    const text = new TextDecoder().decode(await served(profiles, { kind: "invalid-profile", at: 1 }));
    expect(text).toContain('[{"$distinct_id":1},{"$distinct_id":2,"$properties":{"damaged":NaN}},{"$distinct_id":3}]');
  });

  it("damages several places, and none that the page does not have", async () => {
    const fault = { kind: "invalid-profile", damage: "no-object", at: [0, 2, 9] } as const;
    const profiles = ["1", "2", "3"].map((id) => `{"$distinct_id":${id}}`);
    const text = new TextDecoder().decode(await served(profiles, fault));
    expect(text).toContain('"results":["not a profile",{"$distinct_id":2},"not a profile"]');
  });

  it("sends broken UTF-8 as it is", async () => {
    const body = await served([PROFILE], { kind: "invalid-profile", damage: "broken-utf-8" });
    expect(body.includes(0xc3)).toBe(true);
    expect(() => new TextDecoder("utf-8", { fatal: true }).decode(body)).toThrow(TypeError);
  });
});

function isDamaged(text: string): boolean {
  try {
    const profile = JSON.parse(text);
    return typeof profile !== "object" || profile === null || Array.isArray(profile.$properties);
  } catch {
    return true;
  }
}
