import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { engageProfile } from "../../src/page/engage-profile.ts";
import { SLICES } from "../../src/page/page-slices.ts";
import { type ProfileRow, sentRow } from "../../src/page/profile-row.ts";
import { scanPage } from "../../src/source/scan/page-scanner.ts";
import { bytesOf, jsonText, space, stringToken } from "../helpers/json-documents.ts";

function rowOf(properties: string): ProfileRow {
  const { profiles } = scanPage(bytesOf(`{"results":[{"$properties":${properties}}]}`), null);
  if (profiles === undefined) throw new Error("There is no list of results");
  return sentRow(engageProfile(profiles, 0));
}

describe("propertiesParts: a $last_seen that is text", () => {
  it.each([
    ["first", '{"$last_seen":"t","a":1,"b":2}', '{"a":1,"b":2}'],
    ["in the middle", '{"a":1,"$last_seen":"t","b":2}', '{"a":1,"b":2}'],
    ["last", '{"a":1,"b":2,"$last_seen":"t"}', '{"a":1,"b":2}'],
    ["alone", '{"$last_seen":"t"}', "{}"],
    ["alone among spaces", '{ "$last_seen" : "t" }', "{  }"],
    ["first among spaces", '{ "$last_seen" : "t" , "a" : 1 }', '{ "a" : 1 }'],
    ["in the middle among spaces", '{ "a" : 1 , "$last_seen" : "t" , "b" : 2 }', '{ "a" : 1 , "b" : 2 }'],
    ["last among spaces", '{ "a" : 1 , "$last_seen" : "t" }', '{ "a" : 1 }'],
    ["among line breaks", '{\n\t"$last_seen":\r\n\t"t",\n\t"a": [\n1\n]\n}', '{\t"a": [1]}'],
    ["with an escaped name", '{"a":1,"\\u0024last\\u005Fseen":"t"}', '{"a":1}'],
    ["beside one inside a value", '{"a":{"$last_seen":"x"},"$last_seen":"t"}', '{"a":{"$last_seen":"x"}}'],
    [
      "beside names that resemble it",
      '{"last_seen":"x","$last_seen":"t","$Last_Seen":"y"}',
      '{"last_seen":"x","$Last_Seen":"y"}',
    ],
    ["twice, alone", '{"$last_seen":"s","$last_seen":"t"}', "{}"],
    ["twice, first", '{"$last_seen":"s","$last_seen":"t","a":1}', '{"a":1}'],
    ["twice, last", '{"a":1,"$last_seen":"s","$last_seen":"t"}', '{"a":1}'],
    ["twice, at both ends", '{"$last_seen":"s","a":1,"$last_seen":"t"}', '{"a":1}'],
    ["three times", '{"$last_seen":"r","a":1,"$last_seen":"s","b":2,"$last_seen":"t"}', '{"a":1,"b":2}'],
    ["after one that is not text", '{"$last_seen":null,"a":1,"$last_seen":"t"}', '{"$last_seen":null,"a":1}'],
  ])("is taken out: %s", (_, sent, kept) => {
    const row = rowOf(sent);
    expect([row.lastSeen, row.propertiesJson]).toEqual(["t", kept]);
    expect(row.properties).toEqual(JSON.parse(kept));
  });

  it.each([
    ['"2008-06-09T23:08:40"', "2008-06-09T23:08:40"],
    ['""', ""],
    ['"<null>"', "<null>"],
    ['"a\\u0022b\\/"', 'a"b/'],
    ['"\ufeff"', "\ufeff"],
  ])("is given as its value: %s", (token, value) => {
    expect(rowOf(`{"$last_seen":${token}}`).lastSeen).toBe(value);
  });
});

it.each(["null", "0", "1212883720", "true", '["t"]', '{"$last_seen":"t"}'])(
  "a $last_seen that is %s stays where it is",
  (value) => {
    for (const sent of [`{"$last_seen":${value}}`, `{"a":1,"$last_seen":${value},"b":2}`]) {
      const row = rowOf(sent);
      expect([row.lastSeen, row.propertiesJson]).toEqual([null, sent]);
    }
  },
);

it("says the same of a profile whatever stood before it", () => {
  const forms = [
    '{"$last_seen":"t","a":1}',
    '{"a":1,"$last_seen":"t"}',
    '{"a":1,"b":2}',
    '{"$last_seen":"s","a":1,"$last_seen":"t"}',
    '{"$last_seen":null}',
    '{\n"$last_seen":"t"\n}',
    "{}",
    "null",
  ];
  const seen = (text: string): unknown[] => {
    const { profiles } = scanPage(bytesOf(`{"results":[${text}]}`), null);
    const last = (profiles?.length ?? 0) - 1;
    return [profiles?.text(last, SLICES.lastSeen), profiles?.propertiesText(last)];
  };
  for (const before of forms) {
    for (const form of forms) {
      const profile = `{"$properties":${form}}`;
      expect(seen(`{"$properties":${before}},${profile}`)).toEqual(seen(profile));
      expect(seen(`{"$properties":${before},"$properties":${form}}`)).toEqual(seen(profile));
    }
    expect(seen(`{"$properties":${before}},{}`)).toEqual([undefined, "{}"]);
  }
});

it("takes out every $last_seen that is text, and nothing else, wherever it stands", () => {
  const name = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom('"$last_seen"', '"\\u0024last_seen"', '"$last_see\\u006e"') },
    { weight: 3, arbitrary: stringToken },
  );
  const member = fc.tuple(space, name, space, space, fc.oneof(stringToken, jsonText), space);
  fc.assert(
    fc.property(fc.array(member, { maxLength: 6 }), (members) => {
      const sent = members.map(([before, key, after, ahead, value, behind]) => ({
        text: `${before}${key}${after}:${ahead}${value}${behind}`,
        isTaken: JSON.parse(key) === "$last_seen" && value.startsWith('"'),
        value,
      }));
      const row = rowOf(`{${sent.map(({ text }) => text).join(",")}}`);
      const kept = sent.filter(({ isTaken }) => !isTaken).map(({ text }) => text);
      expect(tokensOf(row.propertiesJson)).toEqual(tokensOf(`{${kept.join(",")}}`));
      expect(row.propertiesJson).not.toMatch(/[\r\n]/);
      const taken = sent.filter(({ isTaken }) => isTaken).at(-1);
      expect(row.lastSeen).toBe(taken === undefined ? null : JSON.parse(taken.value));
    }),
    { numRuns: 1000 },
  );
});

/** Strings, brackets, commas, colons, numbers and words, as they are written. */
function tokensOf(text: string): readonly string[] {
  return text.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g) ?? [];
}
