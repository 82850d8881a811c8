import { describe, expect, it } from "vitest";
import { StringScanner } from "../../src/source/string-scanner.ts";
import { bytesOf } from "../helpers/json-documents.ts";

const LENGTHS = Array.from({ length: 12 }, (_, length) => length);

describe("the end of a string", () => {
  it.each(["", '\\"', "\u007f", "é", "€", "😀", "\\u005c"])(
    "is found wherever it stands, behind any number of letters and %j",
    (special) => {
      for (const before of LENGTHS) {
        for (const after of LENGTHS) {
          const text = `"${"a".repeat(before)}${special}${"b".repeat(after)}"`;
          const scanner = new StringScanner(bytesOf(`${text},"next"`));
          expect(scanner.endOf(0)).toBe(bytesOf(text).length);
          expect(scanner.escaped).toBe(special.startsWith("\\"));
        }
      }
    },
  );

  it("is found at the end of the bytes", () => {
    for (const length of LENGTHS) {
      const text = `"${"a".repeat(length)}"`;
      expect(new StringScanner(bytesOf(text)).endOf(0)).toBe(length + 2);
    }
  });

  it("is not found where the bytes end first, or go on in a longer buffer", () => {
    for (const length of LENGTHS) {
      const bytes = bytesOf(`"${"a".repeat(length)}"`);
      const scanner = new StringScanner(bytes.subarray(0, -1));
      expect(() => scanner.endOf(0)).toThrow(`Expected the end of a string, but it ends at byte ${length + 1}`);
    }
  });

  it("is not found behind a byte that no string may hold, wherever that stands", () => {
    for (const byte of [0x00, 0x0a, 0x1f, 0x80, 0xff]) {
      for (const before of LENGTHS) {
        const bytes = bytesOf(`"${"a".repeat(before)}?bbbbb"`);
        bytes[before + 1] = byte;
        expect(() => new StringScanner(bytes).endOf(0)).toThrow(`at byte ${before + 1}`);
      }
    }
  });
});

it("tells of each string alone whether it is escaped", () => {
  const scanner = new StringScanner(bytesOf('"\\n""n"'));
  scanner.endOf(0);
  expect(scanner.escaped).toBe(true);
  scanner.endOf(4);
  expect(scanner.escaped).toBe(false);
});
