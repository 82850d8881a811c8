import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EngageProfile, engageProfile } from "../../../src/page/engage-profile.ts";
import { JsonSyntaxError } from "../../../src/page/json-scanner.ts";
import { SLICES } from "../../../src/page/page-slices.ts";
import { type ProfileRow, sentRow } from "../../../src/page/profile-row.ts";
import { type ScannedPage, scanPage } from "../../../src/source/scan/page-scanner.ts";
import { bytesOf, damaged, jsonText, objectText, parsed, space, stringToken } from "../../helpers/json-documents.ts";

/** The page as the reference finds it. */
function scanned(bytes: Uint8Array): ScannedPage {
  return scanPage(bytes, null);
}

function profilesOf(bytes: Uint8Array): EngageProfile[] {
  const { profiles } = scanned(bytes);
  if (profiles === undefined) throw new Error("There is no list of results");
  return Array.from({ length: profiles.length }, (_, index) => engageProfile(profiles, index));
}

/** The one profile on a page. */
function profileOf(text: string): EngageProfile {
  const [profile] = profilesOf(bytesOf(`{"results":[${text}]}`));
  if (profile === undefined) throw new Error("There is no profile");
  return profile;
}

function rowOf(text: string): ProfileRow {
  return sentRow(profileOf(text));
}

/** Leaves out the white space around tokens, as no string may hold these bytes unescaped; spaces in strings stay. */
function withoutLineBreaks(text: string): string {
  return text.replace(/[\r\n]/g, "");
}

describe("scanPage", () => {
  it("gives the profiles byte for byte, and their properties without line breaks", () => {
    const profile = fc.tuple(space, stringToken, space, objectText, space);
    fc.assert(
      fc.property(fc.array(profile, { maxLength: 4 }), space, ([...list], inside) => {
        const texts = list.map(([before, id, between, properties, after]) => ({
          before,
          after,
          properties,
          json: `{${before}"$distinct_id":${id},${between}"$properties":${properties}${after}}`,
        }));
        const results = texts.map(({ before, json, after }) => before + json + after).join(",");
        const page = `{${inside}"total":3,"results":[${results}${inside}]${inside}}`;
        const profiles = profilesOf(bytesOf(page));
        expect(profiles.map(({ json }) => json)).toEqual(texts.map(({ json }) => json));
        expect(profiles.map(({ $properties }) => $properties)).toEqual(
          texts.map(({ properties }) => JSON.parse(properties)),
        );
        const rows = profiles.map(sentRow);
        expect(rows.map(({ propertiesJson }) => propertiesJson)).toEqual(
          texts.map(({ properties }) => withoutLineBreaks(properties)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it("agrees with JSON.parse on every member that it reads, doubled ones and escaped names included", () => {
    const name = fc.constantFrom(
      ...[
        '"total"',
        '"page"',
        '"t\\u006ftal"',
        '"page_size"',
        '"session_id"',
        '"status"',
        '"error"',
        '"results"',
        '"other"',
      ],
    );
    const member = fc
      .tuple(name, fc.oneof(jsonText, fc.constant('[{"$distinct_id":1}]')))
      .map((pair) => pair.join(":"));
    fc.assert(
      fc.property(fc.array(member, { maxLength: 5 }), (members) => {
        const text = `{${members.join(",")}}`;
        const { results, other, ...expected } = JSON.parse(text);
        const { head, profiles, invalid } = scanned(bytesOf(text));
        expect(head).toEqual(expected);
        expect(profiles && profiles.length + invalid.length).toBe(Array.isArray(results) ? results.length : undefined);
      }),
      { numRuns: 500 },
    );
  });

  it("refuses what JSON.parse refuses, outside the profiles", () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        fc.pre(parsed(bytes) === undefined);
        expect(() => scanned(Uint8Array.from([...bytesOf('{"total":'), ...bytes, 0x7d]))).toThrow(JsonSyntaxError);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a list", "[]", TypeError, "Expected an object"],
    ["text", '"page"', TypeError, "Expected an object"],
    ["null", "null", TypeError, "Expected an object"],
    ["nothing", "", JsonSyntaxError, "Expected a value, but it ends at byte 0"],
    ["HTML", "<html></html>", JsonSyntaxError, "Expected a value at byte 0"],
    ["a page that goes on", '{"results":[]}x', JsonSyntaxError, "Expected the end at byte 14"],
    ["a page that is cut off", '{"results":[{"$dist', JsonSyntaxError, "Expected the end of a string, but it ends"],
  ])("that is %s is refused", (_, text, type, message) => {
    expect(() => scanned(bytesOf(text))).toThrow(type);
    expect(() => scanned(bytesOf(text))).toThrow(message);
  });

  it("is refused wherever it is cut off", () => {
    const properties = ['{"$last_seen" : "t" , "a":[1.5e3]}', '{"a":{"b":"\\u00e9é"},"$last_seen":"t"}', "null", "{ }"];
    const profiles = properties.map((text) => `{"$distinct_id":"a" , "$properties": ${text} }`);
    const page = bytesOf(`{"total":-1,"results":[${profiles.join(" , ")}] ,"status":"ok"}`);
    for (let end = 0; end < page.length; end++) {
      // Once as a buffer of its own, once with what followed still behind it.
      for (const cut of [page.slice(0, end), page.subarray(0, end)]) {
        expect(() => scanned(cut), `at byte ${end}`).toThrow(JsonSyntaxError);
        expect(() => scanPage(cut), `at byte ${end}`).toThrow(JsonSyntaxError);
      }
    }
  });

  it.each(["{}", '{"results":null}', '{"results":{}}', '{"results":"[]"}'])(
    "without a list of results says so: %s",
    (text) => {
      expect(scanned(bytesOf(text)).profiles).toBeUndefined();
    },
  );

  it("takes the last list of results, as JSON.parse does", () => {
    expect(profilesOf(bytesOf('{"results":[{},{}],"results":[{"$distinct_id":7}]}'))).toHaveLength(1);
    expect(scanned(bytesOf('{"results":[{}],"results":null}')).profiles).toBeUndefined();
  });

  it("keeps what the head says as sent, and nothing that nobody asked for", () => {
    const text =
      '{"status":"ok","page":3,"total":7,"__proto__":{"total":9},"s\\u0065ssion_id":"a","page_size":2.0,"x":1}';
    expect(scanned(bytesOf(text)).head).toEqual({ status: "ok", page: 3, total: 7, session_id: "a", page_size: 2 });
  });

  it("may begin with a byte order mark", () => {
    expect(profilesOf(bytesOf('\ufeff{"results":[{}]}'))).toHaveLength(1);
  });

  it("may hold 100,000 levels in a property, in the head and beside them", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    const text = `{"error":1,"deep":${deep},"results":[{"$properties":{"deep":${deep}},"more":${deep}}]}`;
    const [profile] = profilesOf(bytesOf(text));
    if (profile === undefined) throw new Error("There is no profile");
    expect(sentRow(profile).propertiesJson).toBe(`{"deep":${deep}}`);
  });
});

describe("profileParts: $distinct_id", () => {
  it.each([
    ["4", "4"],
    ["0", "0"],
    ["-7", "-7"],
    ["1.0", "1.0"],
    ["1E+2", "1E+2"],
    ["9007199254740993", "9007199254740993"],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
    ['"id"', "id"],
    ['" "', " "],
    ['"0"', "0"],
    ['"null"', "null"],
    ['"\\u0000"', "\u0000"],
    ['"\\ud83d"', "\ud83d"],
    ['"\ufeffid"', "\ufeffid"],
    ['"a\\"b\\\\c\\/d\\u00e9"', 'a"b\\c/dé'],
    ['""', null],
    ["null", null],
    ["true", null],
    ["[1]", null],
    ['{"$distinct_id":"inner"}', null],
  ])("%s is %j", (token, expected) => {
    expect(rowOf(`{"$distinct_id":${token},"$properties":{}}`).distinctId).toBe(expected);
    expect(profileOf(`{ "$properties" : {} , "$distinct_id" : ${token} }`).$distinct_id).toBe(expected);
  });

  it("is null where it is missing, even beside one that has it", () => {
    const [first, second] = profilesOf(bytesOf('{"results":[{"$distinct_id":"a"},{}]}'));
    expect([first?.$distinct_id, second?.$distinct_id]).toEqual(["a", null]);
  });

  it("may be spelled with escapes, and the last one counts", () => {
    expect(profileOf('{"$distinct\\u005fid":"a"}').$distinct_id).toBe("a");
    expect(profileOf('{"$distinct_id":"a","$distinct_id":"b"}').$distinct_id).toBe("b");
    expect(profileOf('{"$distinct_id":"a","$distinct_id":null}').$distinct_id).toBeNull();
  });

  it("does not come from the properties", () => {
    expect(profileOf('{"$properties":{"$distinct_id":"a"}}').$distinct_id).toBeNull();
  });
});

describe("profileParts: $properties", () => {
  it.each([
    ["that are missing", '{"$distinct_id":1}'],
    ["that are null", '{"$distinct_id":1,"$properties":null}'],
    ["that are empty", '{"$distinct_id":1,"$properties":{}}'],
    ["that became null", '{"$distinct_id":1,"$properties":{"a":1,"$last_seen":"b"},"$properties":null}'],
  ])("%s are {}", (_, text) => {
    const row = rowOf(text);
    expect([row.propertiesJson, row.properties, row.lastSeen]).toEqual(["{}", {}, null]);
    expect(profileOf(text).$properties).toEqual({});
  });

  it("are the last ones, as with JSON.parse, and may be spelled with escapes", () => {
    const row = rowOf('{"$properties":{"a":1,"$last_seen":"one"},"$propert\\u0069es":{"b":2}}');
    expect([row.propertiesJson, row.lastSeen]).toEqual(['{"b":2}', null]);
  });

  it("of one profile say nothing of the next", () => {
    const text = '{"results":[{"$properties":{"$last_seen":"x","a":1}},{"$distinct_id":2},{"$properties":{"b":2}}]}';
    const rows = profilesOf(bytesOf(text)).map(sentRow);
    expect(rows.map(({ lastSeen, propertiesJson }) => [lastSeen, propertiesJson])).toEqual([
      ["x", '{"a":1}'],
      [null, "{}"],
      [null, '{"b":2}'],
    ]);
  });

  it("keep names that differ by a sign or by case, empty ones and __proto__", () => {
    const properties = '{"$email":1,"email":2,"userName":3,"username":4,"":5,"a.b":6,"a\\"b":7,"__proto__":{"x":8}}';
    const row = rowOf(`{"$properties":${properties}}`);
    expect(row.propertiesJson).toBe(properties);
    expect(Object.keys(row.properties)).toEqual(Object.keys(JSON.parse(properties)));
    expect(Object.getPrototypeOf(row.properties)).toBe(Object.prototype);
  });
});

it("remembers where each part lies", () => {
  const bytes = bytesOf('{"results":[ {"$distinct_id":"é","$properties":{"$last_seen":"t","a":1}} ]}');
  const { profiles } = scanned(bytes);
  expect(profiles?.text(0, SLICES.profile)).toBe('{"$distinct_id":"é","$properties":{"$last_seen":"t","a":1}}');
  expect(profiles?.text(0, SLICES.distinctId)).toBe('"é"');
  expect(profiles?.text(0, SLICES.properties)).toBe('{"$last_seen":"t","a":1}');
  expect(profiles?.text(0, SLICES.lastSeen)).toBe('"t"');
  expect(profiles?.text(0, SLICES.cut)).toBe('"$last_seen":"t",');
});
