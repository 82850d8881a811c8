import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectMembers } from "../../../src/simulator/profiles/object-members.ts";

describe("objectMembers", () => {
  it("keeps names and values as they are written", () => {
    expect(objectMembers(' { "a\\u0062" : 1.0 ,"":"x,}\\"", "n":[{"a":1},{}] } ')).toEqual([
      { name: "ab", nameText: '"a\\u0062"', valueText: "1.0" },
      { name: "", nameText: '""', valueText: '"x,}\\""' },
      { name: "n", nameText: '"n"', valueText: '[{"a":1},{}]' },
    ]);
  });

  it.each(["", "null", "[]", '"{}"', "{", '{"a":}', '{"a":1}x'])("is undefined for what is no object: %s", (text) => {
    expect(objectMembers(text)).toBeUndefined();
  });

  it("finds every member of any object", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue()), fc.nat(2), (object, indent) => {
        const members = objectMembers(JSON.stringify(object, null, indent)) ?? [];
        const found = members.map(({ name, valueText }) => [name, JSON.parse(valueText)]);
        expect(found).toEqual(Object.entries(JSON.parse(JSON.stringify(object))));
      }),
    );
  });
});
