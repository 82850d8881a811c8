import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SLICES_PER_PROFILE } from "../../../src/page/page-slices.ts";
import { profileJson } from "../../../src/simulator/profiles/profile-json.ts";
import { type ScannedPage, scanPage } from "../../../src/source/scan/page-scanner.ts";
import { QuickScanner } from "../../../src/source/scan/quick-scanner.ts";
import {
  bytesOf,
  damaged,
  damagedOf,
  jsonText,
  listText,
  objectText,
  parsed,
  space,
  stringToken,
} from "../../helpers/json-documents.ts";

/** Where the profile ends that the text begins with; 0 where it is left to others. */
function profileEnd(bytes: Uint8Array): number {
  const scanner = new QuickScanner(bytes);
  return scanner.profiles(0).length > 0 ? scanner.end : 0;
}

/** A profile with the value among its properties. */
function around(value: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytesOf('{"$properties":{"value":'), ...value, ...bytesOf("}}")]);
}

/** Whether the scanner thinks otherwise of a value than `JSON.parse`. */
function isOtherwise(value: Uint8Array): boolean {
  const profile = around(value);
  return (profileEnd(profile) === profile.length) !== (parsed(profile) !== undefined);
}

/** The offsets of all profiles of a page, and how many are left to others. */
function scanned(bytes: Uint8Array, start: number) {
  const scanner = new QuickScanner(bytes);
  const offsets: number[][] = [];
  let at = start;
  for (let calls = 1; bytes[at] !== 0x5d; calls++) {
    const found = scanner.profiles(at);
    if (found.length === 0) return { offsets, stoppedAt: at };
    // Each call takes what it can.
    expect(calls).toBeLessThanOrEqual(1 + offsets.length / 1_000 + bytes.length / 64_000);
    for (let begin = 0; begin < found.length; begin += SLICES_PER_PROFILE) {
      offsets.push([...found.subarray(begin, begin + SLICES_PER_PROFILE)]);
    }
    at = scanner.end;
    if (bytes[at] === 0x2c) at += 1;
  }
  return { offsets, stoppedAt: undefined };
}

/** The offsets that the reference finds. */
function referenceOffsets(bytes: Uint8Array): number[][] {
  return offsetsOf(scanPage(bytes, null));
}

function offsetsOf({ profiles }: ScannedPage): number[][] {
  return Array.from({ length: profiles?.length ?? 0 }, (_, index) =>
    [0, 2, 4, 6, 8].flatMap((part) => [profiles?.begin(index, part) ?? 0, profiles?.end(index, part) ?? 0]),
  );
}

function pageOf(profiles: readonly string[]): Uint8Array {
  return bytesOf(`{"results":[${profiles.join(",")}]}`);
}

const FIRST = '{"results":['.length;

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, inner]) => `${JSON.stringify(key)}: ${spaced(inner)}`);
  return `{${members.join(", ")}}`;
}

const everyByte = Array.from({ length: 256 }, (_, byte) => byte);
const pairs = everyByte.slice(0x80).flatMap((lead) => everyByte.map((second) => [lead, second] as const));

/** How many bytes the character has that begins so. */
function width([lead]: readonly [number, number]): number {
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}

/** The text's bytes with every other byte at one place. */
function replaced(text: string, at: number): number[][] {
  return everyByte.map((byte) => [...bytesOf(text)].with(at, byte));
}

describe("QuickScanner: JSON", () => {
  it.each([
    ["no white space", JSON.stringify],
    ["a space behind each colon and comma", spaced],
  ])("is stepped over, whatever it holds, with %s", (_, write) => {
    fc.assert(
      fc.property(fc.oneof(objectText, listText, jsonText), (text) => {
        // In a list, since an escaped key of the properties may be one that is looked for.
        const profile = around(bytesOf(`[${write(JSON.parse(text))}]`));
        expect(profileEnd(Uint8Array.from([...profile, ...bytesOf(",0")]))).toBe(profile.length);
      }),
    );
  });

  it("is not taken for more or less than JSON.parse takes, however it is damaged", () => {
    fc.assert(
      fc.property(damaged, (value) => {
        const profile = around(value);
        const end = profileEnd(profile);
        if (end > 0) expect(parsed(profile.subarray(0, end))).toBeDefined();
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ["every byte in a text", () => everyByte.map((byte) => [0x61, byte, 0x61])],
    ["every byte behind a backslash", () => everyByte.map((byte) => [0x5c, byte])],
    ["every byte in an escape of four digits", () => [2, 3, 4, 5].flatMap((at) => replaced("\\u00e9", at))],
    [
      "every two bytes that a character may begin with",
      () => pairs.map((pair) => [...pair, 0x80, 0x80].slice(0, width(pair))),
    ],
    ["every byte within a character", () => [replaced("🦆", 2), replaced("🦆漢", 2)].flat()],
    [
      "every byte at the end of a character",
      () => ["é", "漢", "🦆"].flatMap((each) => replaced(each, bytesOf(each).length - 1)),
    ],
  ])("is taken and refused as by JSON.parse: %s", (_, texts) => {
    const values = texts().map((text) => Uint8Array.from([0x22, ...text, 0x22]));
    expect(values.filter(isOtherwise).map(String)).toEqual([]);
  });

  it("is taken and refused as by JSON.parse: every number of four characters, and what resembles one", () => {
    const texts = [""];
    for (const text of texts) if (text.length < 4) texts.push(...[..."019-+.eE/:,"].map((letter) => text + letter));
    expect(texts.filter((text) => isOtherwise(bytesOf(text)))).toEqual([]);
  });

  it("is taken and refused as by JSON.parse: every word with another letter", () => {
    const words = ["true", "false", "null"].flatMap((word) => [...word].flatMap((_, at) => replaced(word, at)));
    // White space but the space is left to others.
    const values = words.map((word) => Uint8Array.from(word)).filter((word) => ![9, 10, 13].includes(word[0] ?? 0));
    expect(values.filter(isOtherwise).map(String)).toEqual([]);
  });

  it("is taken and refused as by JSON.parse: every byte as a value, and with what might be its end", () => {
    const values = everyByte.flatMap((byte) => [[byte], [byte, byte + 2]]).map((value) => Uint8Array.from(value));
    expect(values.filter(isOtherwise).map(String)).toEqual([]);
  });

  it("may be nested a thousand times, and is left to others beyond", () => {
    const nested = (depth: number) => bytesOf(`{"$properties":${'{"":'.repeat(depth)}1${"}".repeat(depth)}}`);
    expect(profileEnd(nested(1024))).toBe(nested(1024).length);
    expect(profileEnd(nested(1025))).toBe(0);
  });
});

/** What comes of a page: every offset, what is rewritten and what the head says; or why it is refused. */
function outcomeOf(bytes: Uint8Array, quick?: null): unknown {
  try {
    const page = scanPage(bytes, quick);
    const { head, profiles } = page;
    const invalid = page.invalid.map((profile) => ({ ...profile, bytes: String(profile.bytes) }));
    const properties = Array.from({ length: profiles?.length ?? 0 }, (_, index) => profiles?.propertiesText(index));
    return { head, offsets: offsetsOf(page), properties, invalid };
  } catch (error) {
    return String(error);
  }
}

const properties = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom('"$last_seen"', '"$last_seem"', '"a"', '"é"'), stringToken), jsonText))
  .map((members) => `{${members.map((member) => member.join(":")).join(",")}}`);
const member = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(fc.constant('"$properties"'), properties) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('"$distinct_id"'), jsonText) },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.oneof(fc.constantFrom('"$distinct_ix"', '"$propertiez"'), stringToken), jsonText),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constant('"$properties"'), jsonText) },
);
const profile = fc.tuple(fc.array(member, { maxLength: 3 }), fc.boolean()).map(([members, isSpaced]) => {
  const text = `{${members.map((each) => each.join(":")).join(",")}}`;
  return isSpaced ? spaced(JSON.parse(text)) : text;
});
const page = fc
  .tuple(
    fc.array(fc.oneof({ weight: 20, arbitrary: profile }, { weight: 1, arbitrary: jsonText }), { maxLength: 5 }),
    space,
  )
  .map(([profiles, inside]) => `{"total":7,"results":[${profiles.join(`,${inside}`)}],"page":${profiles.length}}`);

describe("QuickScanner and the reference", () => {
  it("find the same in any page, odd ones included", () => {
    fc.assert(
      fc.property(page.map(bytesOf), (bytes) => deepStrictEqual(outcomeOf(bytes), outcomeOf(bytes, null))),
      { numRuns: 600 },
    );
  });

  it("find the same in a damaged page, or refuse it with the same words", () => {
    fc.assert(
      fc.property(damagedOf(page), (bytes) => deepStrictEqual(outcomeOf(bytes), outcomeOf(bytes, null))),
      { numRuns: 1500 },
    );
  });

  it("are both at work: the quick one finds most of the profiles that nothing is wrong with", () => {
    let found = 0;
    fc.assert(
      fc.property(fc.array(profile, { minLength: 1, maxLength: 4 }), (profiles) => {
        found += scanned(pageOf(profiles), FIRST).offsets.length;
      }),
      { numRuns: 1000 },
    );
    expect(found).toBeGreaterThan(400);
  });
});

describe("QuickScanner: profiles", () => {
  it("as Mixpanel sends them are found with all their parts", () => {
    const texts = Array.from({ length: 400 }, (_, index) => profileJson(1, index));
    const bytes = pageOf(texts.filter((text) => !text.includes('\\"name')));
    const { offsets, stoppedAt } = scanned(bytes, FIRST);
    expect(stoppedAt).toBeUndefined();
    expect(offsets.length).toBeGreaterThan(380);
    expect(offsets).toEqual(referenceOffsets(bytes));
  });

  it.each([
    ["first", '{"$last_seen":"t","a":1}'],
    ["last", '{"a":1,"$last_seen":"t"}'],
    ["alone", '{"$last_seen":"t"}'],
    ["first, with spaces", '{"$last_seen": "t",  "a": 1}'],
    ["last, with spaces", '{"a": 1,  "$last_seen":  "t"}'],
    ["no text", '{"a":1,"$last_seen":null}'],
    ["in a value only", '{"a":{"$last_seen":1},"b":[{"$last_seen":"t"}]}'],
  ])("have $last_seen %s", (_, properties) => {
    const bytes = pageOf([`{"$distinct_id":"1","$properties":${properties}}`]);
    const { offsets, stoppedAt } = scanned(bytes, FIRST);
    expect(stoppedAt).toBeUndefined();
    expect(offsets).toEqual(referenceOffsets(bytes));
  });

  it.each([
    ["that go on behind the bytes", '{"a":1'],
    ["with a line break between tokens, which are taken out", '{"$properties":{\n"a":1}}'],
    ["with $last_seen twice", '{"$properties":{"$last_seen":"s","$last_seen":"t"}}'],
    ["with a key that may be $last_seen", '{"$properties":{"\\u0024last_seen":"t"}}'],
    ["with a key that may be $distinct_id", '{"\\u0024distinct_id":"t"}'],
    ["without properties but a null", '{"$properties":null}'],
    ["that are none", '["a"]'],
  ])("%s are left to others", (_, text) => {
    expect(profileEnd(bytesOf(text))).toBe(0);
  });

  it("do not depend on what was scanned before", () => {
    expect(profileEnd(bytesOf('{"a":["a","b"]}'))).toBe(15);
    for (const cut of ['{"a":["a","b"]', '{"a":["a","', '{"a":["a"', '{"a":', '{"a', "{"]) {
      expect(profileEnd(bytesOf(cut)), cut).toBe(0);
    }
  });

  it("are found from the first to the last of ten thousand, which are more than are noted at once", () => {
    const bytes = pageOf(Array.from({ length: 10_000 }, (_, index) => `{"$distinct_id":${index}}`));
    expect(scanned(bytes, FIRST)).toEqual({ offsets: referenceOffsets(bytes), stoppedAt: undefined });
  });
});

// More than is in the memory at once, which is 256 KB.
describe("QuickScanner: a page of several megabytes", () => {
  const lengths = [10, 60_000, 1_000, 65_400, 30, 50_000, 65_000, 5];
  const texts = Array.from({ length: 100 }, (_, index) =>
    JSON.stringify({ $distinct_id: `${index}`, $properties: { pad: "é".repeat((lengths[index % 8] ?? 0) / 2) } }),
  );

  it("is scanned wherever its profiles lie, where none is longer than 64 KB", () => {
    const bytes = pageOf(texts);
    expect(scanned(bytes, FIRST)).toEqual({ offsets: referenceOffsets(bytes), stoppedAt: undefined });
  });

  it("is scanned by turns with another", () => {
    const pages = [pageOf(texts), pageOf(texts.map((text) => text.replaceAll("é", "ab").replace("pad", "name")))];
    const scanners = pages.map((bytes) => new QuickScanner(bytes));
    const expected = pages.map(referenceOffsets);
    for (const index of [98, 0, 58, 9, 4, 2, 49, 0]) {
      for (const [nth, scanner] of scanners.entries()) {
        const offsets = expected[nth]?.[index];
        const found = scanner.profiles(offsets?.[0] ?? 0);
        expect([...found.subarray(0, SLICES_PER_PROFILE)]).toEqual(offsets);
      }
    }
  });

  it("with a profile of more than 256 KB has that one left to others, and goes on", () => {
    const bytes = pageOf(['{"a":1}', `{"b":"${"b".repeat(300_000)}"}`, '{"c":1}']);
    const scanner = new QuickScanner(bytes);
    expect(scanner.profiles(FIRST)).toHaveLength(SLICES_PER_PROFILE);
    expect(scanner.profiles(scanner.end + 1)).toHaveLength(0);
    expect(scanner.profiles(bytes.length - '{"c":1}]}'.length)).toHaveLength(SLICES_PER_PROFILE);
  });
});
