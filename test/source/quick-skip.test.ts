import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { profileJson } from "../../src/simulator/profile-json.ts";
import { QuickSkip } from "../../src/source/quick-skip.ts";
import { bytesOf, damaged, listText, objectText, parsed } from "../helpers/json-documents.ts";

const NONE = new Uint8Array();
const SEEN = bytesOf('"$last_seen"');

function textOf(bytes: Uint8Array, start: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(start, start + length));
}

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

function isOtherwise(bytes: Uint8Array): boolean {
  const isWhole = new QuickSkip(bytes, NONE).end(0) === bytes.length;
  return isWhole !== (parsed(bytes) !== undefined);
}

/** A list of objects, and where each begins and ends. */
function listOf(objects: readonly string[]) {
  const bytes = bytesOf(`[${objects.join(",")}]`);
  let start = 1;
  const places = objects.map((object) => {
    const place = { start, end: start + bytesOf(object).length };
    start = place.end + 1;
    return place;
  });
  return { bytes, places };
}

describe("end", () => {
  it("is where a profile as Mixpanel sends it ends, with the member that is looked for", () => {
    const profiles = Array.from({ length: 300 }, (_, index) => JSON.parse(profileJson(1, index)).$properties).filter(
      (properties) => Object.keys(properties).every((key) => JSON.stringify(key) === `"${key}"`),
    );
    expect(profiles.length).toBeGreaterThan(200);
    const { bytes, places } = listOf(profiles.map((properties) => JSON.stringify(properties)));
    const skip = new QuickSkip(bytes, SEEN);
    for (const [index, { start, end }] of places.entries()) {
      expect(skip.end(start)).toBe(end);
      const seen = profiles[index].$last_seen;
      expect(skip.keyStart > 0).toBe("$last_seen" in profiles[index]);
      if (seen === undefined) continue;
      const token = JSON.stringify(seen);
      expect(textOf(bytes, skip.keyStart, SEEN.length)).toBe('"$last_seen"');
      expect(textOf(bytes, skip.valueStart, bytesOf(token).length)).toBe(token);
    }
  });

  it.each([
    ["no white space", JSON.stringify],
    ["a space behind each colon and comma", spaced],
  ])("is the end of any document with %s", (_, write) => {
    fc.assert(
      fc.property(fc.oneof(objectText, listText), (text) => {
        // In a list, since an escaped key of the outermost object may be the one that is looked for.
        const bytes = bytesOf(`[${write(JSON.parse(text))}],0`);
        expect(new QuickSkip(bytes, SEEN).end(0)).toBe(bytes.length - 2);
      }),
    );
  });

  it("is 0, or where a document ends that JSON.parse takes, however it is damaged", () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        const end = new QuickSkip(bytes, NONE).end(0);
        if (end > 0) expect(parsed(bytes.subarray(0, end))).toBeDefined();
      }),
      { numRuns: 3000 },
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
    [
      "every byte at the end of a character",
      () => ["é", "漢", "🦆"].flatMap((each) => replaced(each, bytesOf(each).length - 1)),
    ],
    ["every byte within a character", () => [replaced("🦆", 2), replaced("🦆漢", 2)].flat()],
  ])("is as JSON.parse has it for %s", (_, texts) => {
    const documents = texts().map((text) => Uint8Array.from([0x5b, 0x22, ...text, 0x22, 0x5d]));
    expect(documents.filter(isOtherwise).map(String)).toEqual([]);
  });

  it("is as JSON.parse has it for every number of four characters or less, and what resembles one", () => {
    const texts = [""];
    for (const text of texts) if (text.length < 4) texts.push(...[..."019-+.eE/:,"].map((letter) => text + letter));
    expect(texts.filter((text) => isOtherwise(bytesOf(`[${text}]`)))).toEqual([]);
  });

  it("is as JSON.parse has it for every word with another letter", () => {
    const words = ["true", "false", "null"].flatMap((word) => [...word].flatMap((_, at) => replaced(word, at)));
    const documents = words.map((word) => Uint8Array.from([0x5b, ...word, 0x5d]));
    expect(documents.filter(isOtherwise).map(String)).toEqual([]);
  });

  it.each([
    ["a text, a number and a word, which it never takes", '"a"'],
    ["a number", "12"],
    ["a word", "true"],
    ["an object that goes on behind the bytes", '{"a":1'],
    ["a line break between tokens, which somebody must count", '{\n"a":1}'],
    ["the key that is looked for twice", '{"$last_seen":"s","$last_seen":"t"}'],
    ["a key that may be the one that is looked for", '{"\\u0024last_seen":"t"}'],
    ["1,025 lists in each other", `${"[".repeat(1025)}1${"]".repeat(1025)}`],
  ])("is 0 for %s", (_, text) => {
    expect(new QuickSkip(bytesOf(text), SEEN).end(0)).toBe(0);
  });

  it("is found through 1,024 lists in each other", () => {
    const text = `${"[".repeat(1024)}1${"]".repeat(1024)}`;
    expect(new QuickSkip(bytesOf(text), SEEN).end(0)).toBe(text.length);
  });

  it("does not depend on what was in the memory before", () => {
    expect(new QuickSkip(bytesOf('["a","b"]'), NONE).end(0)).toBe(9);
    for (const cut of ['["a","b"', '["a","', '["a"', '["', "["]) {
      expect(new QuickSkip(bytesOf(cut), NONE).end(0), cut).toBe(0);
    }
  });

  it("looks for its key in the outermost object only", () => {
    const bytes = bytesOf('{"a":{"$last_seen":1},"b":[{"$last_seen":2}]}');
    const skip = new QuickSkip(bytes, SEEN);
    expect(skip.end(0)).toBe(bytes.length);
    expect([skip.keyStart, skip.valueStart]).toEqual([0, 0]);
  });
});

// More than the memory holds at once, which is 320 KB.
describe("a page of several megabytes", () => {
  const lengths = [10, 70_000, 1_000, 65_536, 30, 200_000, 310_000, 65_000, 5];
  const objects = Array.from({ length: 60 }, (_, index) => {
    const length = lengths[index % lengths.length] ?? 0;
    return JSON.stringify({ pad: "é".repeat(length / 2), $last_seen: String(index) });
  });

  it("is stepped over object by object, wherever they lie", () => {
    const { bytes, places } = listOf(objects);
    const skip = new QuickSkip(bytes, SEEN);
    for (const [index, { start, end }] of places.entries()) {
      const found = skip.end(start);
      if (end - start > 65_536) expect([0, end]).toContain(found);
      else expect(found).toBe(end);
      if (found > 0) expect(textOf(bytes, skip.valueStart, String(index).length + 2)).toBe(`"${index}"`);
    }
  });

  it("is stepped over in any order, by turns with another", () => {
    const one = listOf(objects);
    const other = listOf(objects.map((object) => object.replaceAll("é", "ab").replace("$last_seen", "$name")));
    const skips = [new QuickSkip(one.bytes, SEEN), new QuickSkip(other.bytes, bytesOf('"$name"'))];
    for (const index of [8, 0, 58, 9, 4, 2, 49, 0]) {
      for (const [nth, { bytes, places }] of [one, other].entries()) {
        const skip = skips[nth];
        const { start = 0, end } = places[index] ?? {};
        expect(skip?.end(start)).toBe(end);
        expect(textOf(bytes, skip?.valueStart ?? 0, 3)).toContain(`"${String(index)[0]}`);
      }
    }
  });
});
