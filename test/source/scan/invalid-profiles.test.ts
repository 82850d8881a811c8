import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InvalidProfile } from "../../../src/page/page-result.ts";
import { scanPage } from "../../../src/source/scan/page-scanner.ts";
import { bytesOf, damagedOf, objectText, parsed, stringToken } from "../../helpers/json-documents.ts";

const GOOD = '{"$distinct_id":"good","$properties":{"a":1}}';
const decoder = new TextDecoder();

function joined(...parts: readonly (string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(parts.flatMap((part) => [...(typeof part === "string" ? bytesOf(part) : part)]));
}

function isValid(profile: unknown): boolean {
  if (typeof profile !== "object" || profile === null || Array.isArray(profile)) return false;
  const { $properties = null } = profile as { $properties?: unknown };
  return typeof $properties === "object" && !Array.isArray($properties);
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

function shown(invalid: readonly InvalidProfile[] = []): readonly unknown[] {
  return invalid.map(({ bytes, ...rest }) => ({ ...rest, bytes: latin1(bytes) }));
}

/** The invalid profile that stands among valid ones, which must all be found, whichever scanner finds them. */
function invalidAmong(profile: string | Uint8Array): InvalidProfile {
  const page = joined('{"total":5,"results":[', GOOD, ",", GOOD, " , ", profile, " ,", GOOD, "],", '"page":0}');
  const pages = [scanPage(page), scanPage(page, null)];
  for (const { head, profiles, invalid } of pages) {
    expect(head).toEqual({ total: 5, page: 0 });
    expect(Array.from({ length: profiles?.length ?? 0 }, (_, index) => profiles?.text(index, 0))).toEqual([
      GOOD,
      GOOD,
      GOOD,
    ]);
    expect(invalid).toHaveLength(1);
    expect(shown(invalid)).toEqual(shown(pages[0]?.invalid));
  }
  const [invalid] = pages[0]?.invalid ?? [];
  if (invalid === undefined) throw new Error("No profile is invalid");
  expect(invalid.profileIndex).toBe(2);
  // As text: to compare 300,000 bytes one by one takes seconds.
  expect(latin1(invalid.bytes) === latin1(joined(profile))).toBe(true);
  return invalid;
}

const properties = (text: string): string => `{"$distinct_id":"id","$properties":${text}}`;

describe("scanPage sets an invalid profile aside", () => {
  it.each([
    ["NaN", properties('{"a":NaN}'), "not JSON in UTF-8 (expected a value at byte 40)"],
    ["Infinity", properties('{"a":Infinity}'), "not JSON in UTF-8 (expected a value at byte 40)"],
    ["-Infinity", properties('{"a":-Infinity}'), "not JSON in UTF-8 (expected a value at byte 41)"],
    ["undefined", properties('{"a":undefined}'), "not JSON in UTF-8 (expected a value at byte 40)"],
    ["None", properties('{"a":None}'), "not JSON in UTF-8 (expected a value at byte 40)"],
    ["a missing value", properties('{"a":}'), "not JSON in UTF-8 (expected a value at byte 40)"],
    ["a leading zero", properties('{"a":007}'), "not JSON in UTF-8 (expected a comma or } at byte 41)"],
    ["a plus sign", properties('{"a":+1}'), "not JSON in UTF-8 (expected a value at byte 40)"],
    ["a point without digits", properties('{"a":1.}'), "not JSON in UTF-8 (expected a value at byte 42)"],
    ["a hexadecimal number", properties('{"a":0x1F}'), "not JSON in UTF-8 (expected a comma or } at byte 41)"],
    ["single quotes", "{'$distinct_id':'id','$properties':{}}", "not JSON in UTF-8 (expected a string at byte 1)"],
    ["a key without quotes", '{$distinct_id:"id"}', "not JSON in UTF-8 (expected a string at byte 1)"],
    ["a trailing comma", properties('{"a":1,}'), "not JSON in UTF-8 (expected a string at byte 42)"],
    ["a trailing comma in a list", properties('{"a":[1,]}'), "not JSON in UTF-8 (expected a value at byte 43)"],
    ["a doubled comma", properties('{"a":1,,"b":2}'), "not JSON in UTF-8 (expected a string at byte 42)"],
    ["a comment", properties('{"a":1 /* one */}'), "not JSON in UTF-8 (expected a comma or } at byte 42)"],
    [
      "a line break in a text",
      properties('{"a":"\n"}'),
      "not JSON in UTF-8 (expected an escaped control character at byte 41)",
    ],
    [
      "a NUL in a text",
      properties('{"a":"\u0000"}'),
      "not JSON in UTF-8 (expected an escaped control character at byte 41)",
    ],
    ["a tab in a key", properties('{"a\t":1}'), "not JSON in UTF-8 (expected an escaped control character at byte 38)"],
    ["an unknown escape", properties('{"a":"\\x41"}'), "not JSON in UTF-8 (expected an escape at byte 41)"],
    ["an escape cut off", properties('{"a":"\\u12"}'), "not JSON in UTF-8 (expected an escape at byte 41)"],
    [
      "quotes that are not escaped",
      properties('{"a":"so "to" say"}'),
      "not JSON in UTF-8 (expected a comma or } at byte 45)",
    ],
    ["JSON that is escaped twice", '{\\"$distinct_id\\":\\"id\\"}', "not JSON in UTF-8 (expected a string at byte 1)"],
    ["what follows it", `${properties("{}")}x`, "not JSON in UTF-8 (expected a comma or ] at byte 38)"],
    ["a missing comma behind it", "{}{}", "not JSON in UTF-8 (expected a comma or ] at byte 2)"],
    [
      "a list that is closed as an object",
      properties('{"a":[1}'),
      "not JSON in UTF-8 (expected a comma or ] at byte 42)",
    ],
    ["a bracket that closes nothing", properties('{"a":1]}'), "not JSON in UTF-8 (expected a comma or } at byte 41)"],
    ["a word", "oops", "not JSON in UTF-8 (expected a value at byte 0)"],
    ["HTML", "<b>oops</b>", "not JSON in UTF-8 (expected a value at byte 0)"],
    ["null", "null", "not an object"],
    ["a number", "-1.5", "not an object"],
    ["a text", '"],{"', "not an object"],
    ["true", "true", "not an object"],
    ["a list", `[${GOOD}]`, "not an object"],
    ["$properties that are a text", properties('"{}"'), "its $properties is neither an object nor null"],
    ["$properties that are a list", properties("[]"), "its $properties is neither an object nor null"],
    ["$properties that are a number", properties("0"), "its $properties is neither an object nor null"],
    ["$properties that are false", properties("false"), "its $properties is neither an object nor null"],
    ["$properties that are nearly null", properties("nil"), "not JSON in UTF-8 (expected a value at byte 36)"],
    ["$properties with an escaped name", '{"$propert\\u0069es":[]}', "its $properties is neither an object nor null"],
    [
      "$properties whose last ones are a list",
      '{"$properties":{},"$properties":[]}',
      "its $properties is neither an object nor null",
    ],
    [
      "NaN below 50,000 levels",
      properties(`{"a":${"[".repeat(50_000)}NaN${"]".repeat(50_000)}}`),
      "not JSON in UTF-8 (expected a value at byte 50040)",
    ],
    [
      "NaN in 300 KB",
      properties(`{"a":"${"a".repeat(300_000)}","b":NaN}`),
      "not JSON in UTF-8 (expected a value at byte 300047)",
    ],
  ])("that has, or is: %s", (_, profile, reason) => {
    expect(invalidAmong(profile).reason).toBe(reason);
  });

  it.each<[string, readonly number[]]>([
    ["a byte that never occurs", [0xff]],
    ["a sequence cut off", [0xe2, 0x82]],
    ["an overlong form", [0xc0, 0x80]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["Latin-1", [0xe9]],
  ])("that holds broken UTF-8, in a text and in a key: %s", (_, bytes) => {
    const inText = joined('{"$distinct_id":"id","$properties":{"a":"', Uint8Array.from(bytes), '"}}');
    expect(invalidAmong(inText)).toMatchObject({
      reason: "not JSON in UTF-8 (UTF-8 is broken at byte 41)",
      distinctId: "id",
    });
    const inKey = joined('{"$distinct_id":"id","$properties":{"', Uint8Array.from(bytes), '":1}}');
    expect(invalidAmong(inKey)).toMatchObject({
      reason: "not JSON in UTF-8 (UTF-8 is broken at byte 37)",
      distinctId: "id",
    });
  });

  it("never names a value", () => {
    for (const profile of [properties('{"a":hush}'), properties('"hush"'), '"hush"', "hush"]) {
      expect(invalidAmong(profile).reason).not.toContain("hush");
    }
  });
});

describe("scanPage finds the id of an invalid profile", () => {
  it.each([
    ["before the damage", '{"$distinct_id":"id","$properties":{"a":NaN}}', "id"],
    ["behind the damage", '{"$properties":{"a":NaN},"$distinct_id":"id"}', "id"],
    ["that is a number", '{"$distinct_id":9007199254740993,"$properties":NaN}', "9007199254740993"],
    ["that is a number at the end", '{"$properties":NaN,"$distinct_id":-7}', "-7"],
    ["with escapes", '{"$distinct_id":"a\\"\\u0062","$properties":NaN}', 'a"b'],
    ["with an escaped name", '{"$distinct\\u005fid":"id","$properties":NaN}', "id"],
    ["among white space", '{ "$distinct_id"\n:\t"id" , "$properties" : NaN }', "id"],
    ["that comes twice, the last one", '{"$distinct_id":"a","$distinct_id":"b","$properties":[]}', "b"],
  ])("%s", (_, profile, id) => {
    expect(invalidAmong(profile).distinctId).toBe(id);
  });

  it.each([
    ["missing", '{"$properties":[]}'],
    ["empty", '{"$distinct_id":"","$properties":[]}'],
    ["null", '{"$distinct_id":null,"$properties":[]}'],
    ["a list", '{"$distinct_id":["id"],"$properties":[]}'],
    ["damaged itself", '{"$distinct_id":"\\x","$properties":{}}'],
    ["NaN", '{"$distinct_id":NaN,"$properties":{}}'],
    ["a number that runs into a text", '{"$distinct_id":7"id","$properties":{}}'],
    ["a number with a leading zero", '{"$distinct_id":007,"$properties":{}}'],
    ["without a colon", '{"$distinct_id" "id","$properties":{}}'],
    ["within its properties", '{"$properties":{"$distinct_id":"id","a":NaN}}'],
    ["within a list", '[{"$distinct_id":"id"}]'],
  ])("not if it is %s", (_, profile) => {
    expect(invalidAmong(profile)).not.toHaveProperty("distinctId");
  });

  it("in little time, however often it is damaged", () => {
    const profile = `{${'"$distinct_id":x'.repeat(20_000)},NaN}`;
    expect(invalidAmong(profile)).not.toHaveProperty("distinctId");
  });

  it("not if its UTF-8 is broken", () => {
    const profile = joined('{"$distinct_id":"a', Uint8Array.of(0xff), '","$properties":{}}');
    expect(invalidAmong(profile)).not.toHaveProperty("distinctId");
  });
});

describe("scanPage refuses a page that cannot be split", () => {
  it.each([
    ["a text that does not end", `{"results":[${GOOD},{"$distinct_id":"a},${GOOD}],"page":0}`],
    ["an object that does not end", `{"results":[${GOOD},{"$distinct_id":"a","$properties":{},${GOOD}],"page":0}`],
    ["a list that does not end", `{"results":[{"$properties":{"a":[NaN,${GOOD}],"page":0}`],
    ["a bracket too many", `{"results":[${GOOD}},${GOOD}],"page":0}`],
    ["the end of the body", `{"results":[${GOOD},{"a":NaN},{"b"`],
    ["the end of the body behind a profile", `{"results":[${GOOD},{"a":NaN}`],
    ["an empty place", `{"results":[${GOOD},,${GOOD}],"page":0}`],
    ["a comma at the end", `{"results":[${GOOD},],"page":0}`],
    ["damage behind the profiles", `{"results":[{"a":NaN}],"page":NaN}`],
    ["damage before the profiles", `{"page":NaN,"results":[{"a":NaN}]}`],
  ])("for %s", (_, text) => {
    expect(() => scanPage(bytesOf(text))).toThrow(SyntaxError);
    expect(() => scanPage(bytesOf(text), null)).toThrow(SyntaxError);
  });

  it("and takes no time over brackets that close nothing", () => {
    const text = `{"results":[${"{".repeat(300_000)}x${"]".repeat(300_000)}`;
    expect(() => scanPage(bytesOf(text))).toThrow(SyntaxError);
  });
});

it("takes the last list of results, its invalid profiles included", () => {
  expect(scanPage(bytesOf(`{"results":[NaN],"results":[${GOOD}]}`))).toMatchObject({
    profiles: { length: 1 },
    invalid: [],
  });
  expect(scanPage(bytesOf('{"results":[NaN],"results":null}'))).toMatchObject({ profiles: undefined, invalid: [] });
});

it("keeps every place right in a page of several megabytes that is full of invalid profiles", () => {
  const texts = Array.from({ length: 6_000 }, (_, index) => {
    const pad = "é".repeat(index % 701);
    return index % 7 === 3
      ? `{"$distinct_id":"${index}","p":"${pad}","n":NaN}`
      : `{"$distinct_id":"${index}","p":"${pad}"}`;
  });
  const { profiles, invalid } = scanPage(bytesOf(`{"results":[${texts.join(",")}]}`));
  const isInvalid = (index: number): boolean => index % 7 === 3;
  expect(
    invalid.map(({ profileIndex, distinctId, bytes }) => [profileIndex, distinctId, decoder.decode(bytes)]),
  ).toEqual(texts.flatMap((text, index) => (isInvalid(index) ? [[index, `${index}`, text]] : [])));
  expect(Array.from({ length: profiles?.length ?? 0 }, (_, index) => profiles?.text(index, 0))).toEqual(
    texts.filter((_, index) => !isInvalid(index)),
  );
});

describe("scanPage, however a page is damaged,", () => {
  const profile = fc.oneof(
    fc.tuple(stringToken, objectText).map(([id, inner]) => `{"$distinct_id":${id},"$properties":${inner}}`),
    objectText,
  );
  const page = fc.array(profile, { maxLength: 4 }).map((profiles) => `{"results":[${profiles.join(",")}],"page":0}`);

  it("takes for valid only what JSON.parse takes, and leaves nothing out between the profiles", () => {
    fc.assert(
      fc.property(damagedOf(page), (bytes) => {
        let found: ReturnType<typeof scanPage>;
        try {
          found = scanPage(bytes, null);
        } catch (error) {
          if (error instanceof SyntaxError) expect(parsed(bytes)).toBeUndefined();
          else expect(String(error)).toBe("TypeError: Expected an object");
          return;
        }
        const { profiles, invalid } = found;
        const valid = Array.from({ length: profiles?.length ?? 0 }, (_, index) => profiles?.part(index, 0) ?? bytes);
        for (const each of valid) expect(isValid(parsed(each)?.value)).toBe(true);
        for (const each of invalid) expect(isValid(parsed(each.bytes)?.value)).toBe(false);
        if (parsed(bytes) === undefined) expect(invalid.length).toBeGreaterThan(0);
        const all = [...valid, ...invalid.map((each) => each.bytes)].sort((a, b) => a.byteOffset - b.byteOffset);
        for (const [nth, each] of all.entries()) {
          const next = all[nth + 1];
          if (next === undefined) continue;
          expect(decoder.decode(bytes.subarray(each.byteOffset + each.length, next.byteOffset)).trim()).toBe(",");
        }
      }),
      { numRuns: 1500 },
    );
  });
});
