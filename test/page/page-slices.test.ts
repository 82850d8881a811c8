import { describe, expect, it } from "vitest";
import { PageSlices, SLICES, SLICES_PER_PROFILE, textOfToken } from "../../src/page/page-slices.ts";
import { bytesOf } from "../helpers/json-documents.ts";

const text = '[{"$distinct_id":"é","$properties":{"$last_seen":"t","a":1}},{}]';
const bytes = bytesOf(text);

/** Where a part of the text lies in the bytes. */
function at(part: string): readonly [number, number] {
  const start = bytesOf(text.slice(0, text.indexOf(part))).length;
  return [start, start + bytesOf(part).length];
}

const whole = [
  ...at('{"$distinct_id":"é","$properties":{"$last_seen":"t","a":1}}'),
  ...at('"é"'),
  ...at('{"$last_seen":"t","a":1}'),
  ...at('"t"'),
  ...at('"$last_seen":"t",'),
];
const empty = [...at("{}"), 0, 0, 0, 0, 0, 0, 0, 0];

const pageOf = (
  page: Uint8Array,
  offsets: readonly number[],
  rewritten?: ReadonlyMap<number, Uint8Array>,
): PageSlices => new PageSlices(page, Uint32Array.from(offsets), rewritten);

describe("the parts of a profile", () => {
  const page = pageOf(bytes, [...whole, ...empty]);

  it("are counted by profile", () => {
    expect(page.length).toBe(2);
    expect(whole).toHaveLength(SLICES_PER_PROFILE);
    expect(pageOf(bytes, []).length).toBe(0);
  });

  it("are the bytes as they were sent, not copied", () => {
    const part = page.part(0, SLICES.distinctId);
    expect(part).toEqual(bytesOf('"é"'));
    expect(part?.buffer).toBe(bytes.buffer);
    expect(page.text(0, SLICES.lastSeen)).toBe('"t"');
  });

  it("are undefined where there are none", () => {
    for (const part of [SLICES.distinctId, SLICES.properties, SLICES.lastSeen, SLICES.cut]) {
      expect([page.part(1, part), page.text(1, part)]).toEqual([undefined, undefined]);
    }
    expect(page.text(1, SLICES.profile)).toBe("{}");
  });

  it("keep a byte order mark that a text begins with", () => {
    const marked = bytesOf("\ufeffa");
    expect(pageOf(marked, [0, marked.length, 0, 0, 0, 0, 0, 0, 0, 0]).text(0, SLICES.profile)).toBe("\ufeffa");
  });

  it("may lie in a buffer that holds more", () => {
    const longer = bytesOf(`xxx${text}`).subarray(3);
    expect(pageOf(longer, whole).propertiesText(0)).toBe('{"a":1}');
  });
});

describe("the properties", () => {
  it("leave out the cut", () => {
    const page = pageOf(bytes, whole);
    expect(page.propertiesParts(0).map((part) => new TextDecoder().decode(part))).toEqual(["{", '"a":1}']);
    expect(page.propertiesText(0)).toBe('{"a":1}');
  });

  it("are {} where there are none, and whole where nothing is cut", () => {
    expect(pageOf(bytes, empty).propertiesText(0)).toBe("{}");
    const uncut = [...whole.slice(0, 8), 0, 0];
    expect(pageOf(bytes, uncut).propertiesText(0)).toBe('{"$last_seen":"t","a":1}');
  });

  it("are those that were rewritten, of that profile alone", () => {
    const page = pageOf(bytes, [...whole, ...empty], new Map([[1, bytesOf('{"b":2}')]]));
    expect([page.propertiesText(0), page.propertiesText(1)]).toEqual(['{"a":1}', '{"b":2}']);
  });
});

it.each([
  ['""', ""],
  ['"a"', "a"],
  ['"a\\u0062\\n\\/\\""', 'ab\n/"'],
  ['"\\ud83d"', "\ud83d"],
  ['"\ufeff"', "\ufeff"],
])("the text of the token %s is %j", (token, value) => {
  expect(textOfToken(token)).toBe(value);
});
