import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonScanner, JsonSyntaxError } from "../../src/page/json-scanner.ts";
import { bytesOf, damaged, jsonText, listText, objectText, parsed, space } from "../helpers/json-documents.ts";

const runs = { numRuns: 300 };

/** Steps over a whole document. */
function scan(bytes: Uint8Array): JsonScanner {
  const scanner = new JsonScanner(bytes);
  scanner.skipValue();
  scanner.end();
  return scanner;
}

/** What was stepped over since `start`. */
function text(start: number, { bytes, at }: JsonScanner): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start, at));
}

function accepts(bytes: Uint8Array): boolean {
  try {
    scan(bytes);
    return true;
  } catch (error) {
    if (error instanceof JsonSyntaxError) return false;
    throw error;
  }
}

describe("JsonScanner.skipValue", () => {
  it("steps over any document to its end", () => {
    fc.assert(
      fc.property(space, jsonText, space, (before, text, after) => {
        const bytes = bytesOf(before + text + after);
        expect(scan(bytes).at).toBe(bytes.length);
      }),
      runs,
    );
  });

  it("stops behind the value, and gives its value back", () => {
    fc.assert(
      fc.property(jsonText, jsonText, (text, next) => {
        const scanner = new JsonScanner(bytesOf(`${text} ${next}`));
        scanner.skipValue();
        expect(scanner.at).toBe(bytesOf(text).length);
        expect(scanner.parse(0, scanner.at)).toEqual(JSON.parse(text));
      }),
      runs,
    );
  });

  it("takes and refuses exactly what JSON.parse does, however a document is damaged", () => {
    fc.assert(
      fc.property(damaged, (bytes) => {
        fc.pre(bytes[0] !== 0xef);
        expect(accepts(bytes)).toBe(parsed(bytes) !== undefined);
      }),
      { numRuns: 2000 },
    );
  });

  it("takes and refuses exactly what JSON.parse does, of the shortest texts", () => {
    const alphabet = ['"', "\\", "u", "0", "1", "-", "+", ".", "e", "[", "]", "{", "}", ",", ":", " ", "t"];
    const texts = [""];
    for (const text of texts) if (text.length < 3) texts.push(...alphabet.map((letter) => text + letter));
    const wrong = texts.filter((text) => accepts(bytesOf(text)) !== (parsed(bytesOf(text)) !== undefined));
    expect(wrong).toEqual([]);
  });

  it.each([
    ["nothing", ""],
    ["white space alone", " \n"],
    ["a word", "undefined"],
    ["half a word", "tru"],
    ["a word that goes on", "nullx"],
    ["another case", "True"],
    ["a comma at the end of a list", "[1,]"],
    ["a comma at the end of an object", '{"a":1,}'],
    ["a comma at the beginning", "[,1]"],
    ["a missing comma", "[1 2]"],
    ["a missing colon", '{"a" 1}'],
    ["a missing value", '{"a":}'],
    ["a key without quotes", "{a:1}"],
    ["a key in single quotes", "{'a':1}"],
    ["a key that is a number", "{1:1}"],
    ["brackets that cross", '[{"a":1]}'],
    ["a bracket too many", "[]]"],
    ["a bracket too few", "[[]"],
    ["a second value", "1 2"],
    ["a comment", "[1] // one"],
    ["a zero ahead", "01"],
    ["a negative zero ahead", "-01"],
    ["a sign alone", "-"],
    ["a plus sign", "+1"],
    ["a point without digits", "1."],
    ["a point ahead", ".5"],
    ["an exponent without digits", "1e+"],
    ["a hexadecimal number", "0x10"],
    ["an infinity", "-Infinity"],
    ["an open string", '"abc'],
    ["a string that ends in a backslash", '"abc\\'],
    ["an unknown escape", '"\\x41"'],
    ["an escape with three digits", '"\\u12"'],
    ["an escape with a letter beyond f", '"\\u12g4"'],
    ["an escape cut off by the end", '"\\u12'],
    ["a line break in a string", '"a\nb"'],
    ["a NUL in a string", '"a\u0000b"'],
    ["a NUL between tokens", "[1,\u00002]"],
    ["a NUL at the end", "1\u0000"],
    ["a no-break space between tokens", "[1,\u00a02]"],
    ["a byte order mark between tokens", "[1,\ufeff2]"],
  ])("refuses %s", (_, text) => {
    expect(() => scan(bytesOf(text))).toThrow(JsonSyntaxError);
    expect(parsed(bytesOf(text))).toBeUndefined();
  });

  it.each([
    ["a byte that continues nothing", [0x80]],
    ["the bytes that never occur", [0xff]],
    ["0xC0, which is always overlong", [0xc0, 0x80]],
    ["0xC1, which is always overlong", [0xc1, 0xbf]],
    ["an overlong form of three bytes", [0xe0, 0x9f, 0xbf]],
    ["an overlong form of four bytes", [0xf0, 0x8f, 0xbf, 0xbf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a surrogate pair", [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
    ["a code point beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
    ["a lead byte of five", [0xf8, 0x88, 0x80, 0x80, 0x80]],
    ["a sequence cut by a letter", [0xe2, 0x82, 0x61]],
    ["a sequence cut by the closing quote", [0xe2, 0x82]],
    ["a lead byte before the closing quote", [0xc3]],
  ])("refuses %s in a string, in a key and at the end", (_, broken) => {
    const quoted = [0x22, ...broken, 0x22];
    const places = { string: quoted, key: [0x7b, ...quoted, 0x3a, 0x30, 0x7d], end: quoted.slice(0, -1) };
    for (const bytes of Object.values(places)) {
      expect(() => scan(Uint8Array.from(bytes))).toThrow(JsonSyntaxError);
    }
    expect(() => scan(Uint8Array.from(quoted))).toThrow("UTF-8 is broken at byte 1");
  });

  it.each(["\u0080", "\u07ff", "\u0800", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"])(
    "takes the first and the last of each length of UTF-8: %j",
    (text) => {
      expect(scan(bytesOf(`"${text}"`)).at).toBe(bytesOf(text).length + 2);
    },
  );

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
    ["both", '[{"a":', "}]"],
  ])("steps over 100,000 levels of %s", (_, open, close) => {
    const text = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    expect(scan(bytesOf(text)).at).toBe(text.length);
    expect(accepts(bytesOf(text.slice(0, -1)))).toBe(false);
    expect(accepts(bytesOf(`${text.slice(0, -1)}${text.endsWith("]") ? "}" : "]"}`))).toBe(false);
  });

  it("leaves out one byte order mark at the beginning", () => {
    expect(accepts(bytesOf("\ufeff[1]"))).toBe(true);
    expect(accepts(bytesOf("\ufeff\ufeff[1]"))).toBe(false);
    expect(accepts(bytesOf("\ufeff"))).toBe(false);
    for (const bytes of [
      [0xef, 0xbb, 0x31],
      [0xef, 0x20, 0x20, 0x31],
      [0x20, 0xbb, 0xbf, 0x31],
    ]) {
      expect(accepts(Uint8Array.from(bytes))).toBe(false);
    }
  });

  it("reads a document that is a part of a longer buffer", () => {
    const bytes = bytesOf('["a","b"]');
    expect(scan(bytes.subarray(1, 4)).at).toBe(3);
    expect(accepts(bytes.subarray(1, 3))).toBe(false);
  });
});

describe("JsonScanner in an object", () => {
  it("shows every member in order, with its key and its value", () => {
    fc.assert(
      fc.property(objectText, (object) => {
        const scanner = new JsonScanner(bytesOf(object));
        const members: [unknown, unknown][] = [];
        for (let member = scanner.openObject(); member; member = scanner.nextMember()) {
          scanner.key();
          const { keyStart, keyEnd } = scanner;
          const key = scanner.parse(keyStart, keyEnd);
          const start = scanner.at;
          scanner.skipValue();
          const value = text(start, scanner);
          expect(value).toBe(value.trim());
          members.push([key, JSON.parse(value)]);
        }
        expect(scanner.at).toBe(scanner.bytes.length);
        expect(Object.fromEntries(members)).toEqual(JSON.parse(object));
      }),
      runs,
    );
  });

  it.each([
    ['"$key"', true],
    ['"\\u0024key"', true],
    ['"\\u0024\\u006b\\u0065\\u0079"', true],
    ['"\\u0024KEY"', false],
    ['"$kex"', false],
    ['"$ke"', false],
    ['"$keys"', false],
    ['"key"', false],
    ['"\\\\u0024key"', false],
    ['"$key\\u0000"', false],
    ['"\\ud800"', false],
    ['""', false],
  ])("tells whether the key %s spells $key", (text, expected) => {
    const scanner = new JsonScanner(bytesOf(`{${text}:{"inner":1}}`));
    scanner.openObject();
    scanner.key();
    expect(scanner.isKey(bytesOf('"$key"'))).toBe(expected);
  });
});

describe("JsonScanner in an array", () => {
  it("shows every item in order", () => {
    fc.assert(
      fc.property(listText, (text) => {
        const scanner = new JsonScanner(bytesOf(text));
        const items: unknown[] = [];
        for (let item = scanner.openArray(); item; item = scanner.nextItem()) {
          const start = scanner.at;
          scanner.skipValue();
          items.push(scanner.parse(start, scanner.at));
        }
        expect(scanner.at).toBe(scanner.bytes.length);
        expect(items).toEqual(JSON.parse(text));
      }),
      runs,
    );
  });
});

describe("JsonSyntaxError", () => {
  it("names the byte where JSON ends", () => {
    expect(() => scan(bytesOf('["é",}'))).toThrow("Expected a value at byte 6");
    expect(() => scan(bytesOf('["é"'))).toThrow("Expected a comma or ], but it ends at byte 5");
    expect(() => scan(bytesOf('["é'))).toThrow("Expected the end of a string, but it ends at byte 4");
  });

  it.each([0x00, 0x0a, 0x1f, 0x80, 0xff])("names the byte that no string may hold: %i", (byte) => {
    const bytes = bytesOf('"aaa?bbb"');
    bytes[4] = byte;
    expect(() => scan(bytes)).toThrow("at byte 4");
  });
});
