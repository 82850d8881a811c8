import { describe, expect, it } from "vitest";
import type { EngageProfile } from "../../src/page/engage-profile.ts";
import { profilesOf } from "../helpers/page-results.ts";

const sent =
  '{ "$distinct_id" : 12345678901234567890 , "$properties" : { "n" : 9007199254740993 , "$last_seen" : "t" } }';

function profileOf(text: string): EngageProfile {
  const [profile] = profilesOf(text);
  if (profile === undefined) throw new Error("There is no profile");
  return profile;
}

describe("EngageProfile", () => {
  it("is the text that was sent, byte for byte", () => {
    expect(profileOf(sent).json).toBe(sent);
    expect(profileOf("{}").json).toBe("{}");
  });

  it("has every digit of its id, and rounds numbers in parsed properties only", () => {
    const profile = profileOf(sent);
    expect(profile.$distinct_id).toBe("12345678901234567890");
    expect(profile.$properties).toEqual({ n: 9007199254740992, $last_seen: "t" });
  });

  it("parses its properties once", () => {
    const profile = profileOf(sent);
    expect(profile.$properties).toBe(profile.$properties);
    const none = profileOf("{}");
    expect(none.$properties).toBe(none.$properties);
  });

  it("takes __proto__ for a name like any other", () => {
    const { $properties } = profileOf('{"$properties":{"__proto__":{"polluted":1}}}');
    expect(Object.keys($properties)).toEqual(["__proto__"]);
    expect("polluted" in $properties).toBe(false);
  });

  it("shows nothing of itself when it is spread", () => {
    expect({ ...profileOf(sent) }).not.toHaveProperty("$distinct_id");
  });

  it("is its value for JSON.stringify", () => {
    expect(JSON.stringify(profileOf('{ "$distinct_id" : "a", "$properties" : {"b":1} }'))).toBe(
      '{"$distinct_id":"a","$properties":{"b":1}}',
    );
  });
});
