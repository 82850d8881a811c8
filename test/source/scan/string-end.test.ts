import { describe, expect, it } from "vitest";
import { stringEnd } from "../../../src/source/scan/string-end.ts";
import { bytesOf } from "../../helpers/json-documents.ts";

function endOf(bytes: Uint8Array): number {
  return stringEnd(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0);
}

const LENGTHS = Array.from({ length: 12 }, (_, length) => length);

describe("the end of a string", () => {
  it.each(["", '\\"', "\u007f", "é", "€", "😀", "\\u005c"])(
    "is found wherever it stands, behind any number of letters and %j",
    (special) => {
      for (const before of LENGTHS) {
        for (const after of LENGTHS) {
          const text = `"${"a".repeat(before)}${special}${"b".repeat(after)}"`;
          expect(endOf(bytesOf(`${text},"next"`))).toBe(bytesOf(text).length);
        }
      }
    },
  );

  it("is found at the end of the bytes", () => {
    for (const length of LENGTHS) {
      const text = `"${"a".repeat(length)}"`;
      expect(endOf(bytesOf(text))).toBe(length + 2);
    }
  });

  it("is not found where the bytes end first, or go on in a longer buffer", () => {
    for (const length of LENGTHS) {
      const bytes = bytesOf(`"${"a".repeat(length)}"`);
      expect(() => endOf(bytes.subarray(0, -1))).toThrow(
        `Expected the end of a string, but it ends at byte ${length + 1}`,
      );
    }
  });

  it("is not found behind a byte that no string may hold, wherever that stands", () => {
    for (const byte of [0x00, 0x0a, 0x1f, 0x80, 0xff]) {
      for (const before of LENGTHS) {
        const bytes = bytesOf(`"${"a".repeat(before)}?bbbbb"`);
        bytes[before + 1] = byte;
        expect(() => endOf(bytes)).toThrow(`at byte ${before + 1}`);
      }
    }
  });
});
