import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ndjsonLines } from "../../src/page/ndjson-lines.ts";
import { profileRow } from "../../src/page/profile-row.ts";
import { objectText, stringToken } from "../helpers/json-documents.ts";
import { rowsOf } from "../helpers/page-results.ts";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function lines(...rows: Parameters<typeof ndjsonLines>[0]): string {
  return decoder.decode(ndjsonLines(rows));
}

/** The line of one profile as it comes from the API. */
function lineOf(profile: string): string {
  return lines(...rowsOf(profile));
}

describe("what the server sent", () => {
  it.each([
    ["numbers of 19 and 30 digits", '{"a":9223372036854775807,"b":123456789012345678901234567890}'],
    ["numbers in odd spellings", '{"a":1.0,"b":1E+2,"c":-0.0,"d":1e-400,"e":0.10}'],
    ["escaped slashes and letters", '{"a":"\\/\\u0041\\u00e9\\"\\\\"}'],
    ["line separators of Unicode", '{"a":"\u2028\u2029","b":"\\u2028"}'],
    ["lone surrogates", '{"a":"\\ud83d","b":"\\ude00\\ud83d","\\udfff":1}'],
    ["NUL and other control characters", '{"a":"\\u0000\\n\\r\\t\\u001f","\\u0000":1}'],
    ["keys that come twice", '{"a":1,"a":2,"\\u0061":3}'],
    ["brackets in strings", '{"a":"]}{[\\"}","}":"{"}'],
    ["white space of any kind but line breaks", '{ \t"a" : [ 1 , 2 ] }'],
    ["emoji and other scripts", '{"é漢":"🦆\ufeff"}'],
    ["__proto__", '{"__proto__":{"a":1},"constructor":2}'],
    ["a $last_seen that is no text", '{"$last_seen":null}'],
    ["nothing", "{}"],
  ])("is copied byte for byte: %s", (_, properties) => {
    expect(lineOf(`{"$distinct_id":"id","$properties":${properties}}`)).toBe(
      `{"distinct_id":"id","last_seen":null,"properties":${properties}}\n`,
    );
  });

  it.each([
    ["4", '"4"'],
    ["0", '"0"'],
    ["1.0", '"1.0"'],
    ["-1E+2", '"-1E+2"'],
    ["123456789012345678901234567890", '"123456789012345678901234567890"'],
    ['"a\\u0062\\/\\ud83d"', '"a\\u0062\\/\\ud83d"'],
    ['""', "null"],
    ["null", "null"],
    ["[1]", "null"],
  ])("has the id %s as %s", (sent, written) => {
    expect(lineOf(`{"$distinct_id":${sent},"$properties":{}}`)).toBe(
      `{"distinct_id":${written},"last_seen":null,"properties":{}}\n`,
    );
  });

  it("has its $last_seen taken out, as it is spelled", () => {
    expect(lineOf('{"$properties":{"a":1,"$last_seen":"2026\\u002d01","b":2},"$distinct_id":1}')).toBe(
      '{"distinct_id":"1","last_seen":"2026\\u002d01","properties":{"a":1,"b":2}}\n',
    );
  });

  it("stands on one line, whatever line breaks it came with", () => {
    const line = lineOf(
      '{\n"$distinct_id"\r:\n"a",\r\n"$properties"\n:\n{\r\n"a"\n:\n[\n1\r]\n,"$last_seen"\n:\n"t"\n}\n}',
    );
    expect(line).toBe('{"distinct_id":"a","last_seen":"t","properties":{"a":[1]}}\n');
  });

  it("is what JSON.parse makes of the profile", () => {
    fc.assert(
      fc.property(stringToken, objectText, (id, properties) => {
        const line = lineOf(`{"$distinct_id":${id},"$properties":${properties}}`);
        expect(line.indexOf("\n")).toBe(line.length - 1);
        const { distinct_id, last_seen, properties: written } = JSON.parse(line);
        const sent = JSON.parse(properties);
        expect(distinct_id).toBe(JSON.parse(id) === "" ? null : JSON.parse(id));
        expect(last_seen === null ? written : { ...written, $last_seen: sent.$last_seen }).toEqual(sent);
      }),
      { numRuns: 300 },
    );
  });
});

describe("rows that were built", () => {
  it("are written as JSON.stringify writes them", () => {
    const properties = { a: 'q"\\/\n\u2028', b: [1.5, null, "\ud83d"], é: "🦆" };
    expect(lines(profileRow({ distinctId: 'i"d\n\ud83d', lastSeen: "t\u0000", properties }))).toBe(
      `{"distinct_id":"i\\"d\\n\\ud83d","last_seen":"t\\u0000","properties":${JSON.stringify(properties)}}\n`,
    );
  });

  it("without an id or a time have null", () => {
    expect(lines(profileRow({ distinctId: "", lastSeen: null, properties: {} }))).toBe(
      '{"distinct_id":null,"last_seen":null,"properties":{}}\n',
    );
  });

  it("mix with those that were sent, from any page, in any order", () => {
    const [a, b] = rowsOf('{"$distinct_id":"a"}', '{"$distinct_id":"b","$properties":{"$last_seen":"t","n":1}}');
    const [c] = rowsOf('{"$distinct_id":"c"}');
    const built = profileRow({ distinctId: "built", lastSeen: null, properties: { x: "y".repeat(5000) } });
    if (!a || !b || !c) throw new Error("A row is missing");
    expect(lines(built, b, c, built, a, b).match(/"distinct_id":"\w+"/g)).toEqual(
      ["built", "b", "c", "built", "a", "b"].map((id) => `"distinct_id":"${id}"`),
    );
  });
});

it("makes no bytes of no rows", () => {
  expect(ndjsonLines([])).toHaveLength(0);
});

it("makes a line of each of many rows", () => {
  const texts = Array.from({ length: 1000 }, (_, index) => `{"$distinct_id":${index}}`);
  const expected = texts.map((_, index) => `{"distinct_id":"${index}","last_seen":null,"properties":{}}\n`);
  expect(lines(...rowsOf(...texts))).toBe(expected.join(""));
});
