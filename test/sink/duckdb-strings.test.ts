import { expect, test } from "vitest";
import { duckdbStrings } from "../../src/sink/duckdb-strings.ts";
import { TextColumn } from "../../src/sink/text-column.ts";

/** Reads strings the way DuckDB does, from a memory that begins at `address`. */
function readStrings(strings: Uint8Array, memory: Uint8Array, address: bigint): string[] {
  const view = new DataView(strings.buffer);
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return Array.from({ length: strings.length / 16 }, (_, index) => {
    const length = view.getUint32(index * 16, true);
    if (length <= 12) {
      expect(strings.subarray(index * 16 + 4 + length, index * 16 + 16).every((byte) => byte === 0)).toBe(true);
      return decoder.decode(strings.subarray(index * 16 + 4, index * 16 + 4 + length));
    }
    const begin = Number(view.getBigUint64(index * 16 + 8, true) - address);
    expect(strings.subarray(index * 16 + 4, index * 16 + 8)).toEqual(memory.subarray(begin, begin + 4));
    return decoder.decode(memory.subarray(begin, begin + length));
  });
}

const TEXTS = ["", "a", "exactly 12 b", "exactly 13 by", "ünï😀 and more than that", "0", "\0".repeat(20), "😀😀😀"];

function columnOf(texts: readonly string[]): TextColumn {
  const column = new TextColumn();
  column.clear(texts.length);
  for (const text of texts) column.add(text);
  return column;
}

test.each([
  ["low", 0x1000n],
  ["across a border of 4 GB", 0x7f12_ffff_fff0n],
  ["in the highest page", 0x7fff_ffff_f000n],
])("texts are found again in memory that lies %s", (_, address) => {
  const { bytes, offsets } = columnOf(TEXTS);
  const strings = duckdbStrings(bytes, offsets, Number(address));
  expect(readStrings(strings, bytes, address)).toEqual(TEXTS);
});

test("a part of a column is laid out by itself", () => {
  const { bytes, offsets } = columnOf(TEXTS);
  const part = bytes.subarray(offsets[3], offsets[7]);
  const strings = duckdbStrings(part, offsets.subarray(3, 8), 0x5000);
  expect(readStrings(strings, part, 0x5000n)).toEqual(TEXTS.slice(3, 7));
});

test("no text at all is no string", () => {
  expect(duckdbStrings(new Uint8Array(), new Int32Array(1), 0)).toHaveLength(0);
});
