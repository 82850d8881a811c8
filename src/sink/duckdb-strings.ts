/** The size of a `duckdb_string_t` of DuckDB's C API: a length of 4 bytes, and the text where it is short. */
export const STRING_BYTES = 16;
/** Where a text that is longer has its address, behind its first bytes. */
export const ADDRESS_AT = 8;

const TEXT_AT = 4;
const LONGEST_INLINED = STRING_BYTES - TEXT_AT;
const WORD = 2 ** 32;

/**
 * Texts as DuckDB keeps them in a vector (`duckdb_string_t` in duckdb.h), in the byte order of every machine it is built
 * for with Node: short ones as they are, the others as a place in memory that DuckDB owns.
 *
 * @param bytes the texts, one behind the other
 * @param offsets where each begins and, at last, where they end; counted from any place
 * @param address where `bytes` stand in DuckDB's memory: a number below 2^48, which a double holds to the last bit
 */
export function duckdbStrings(bytes: Uint8Array, offsets: Int32Array, address: number): Uint8Array<ArrayBuffer> {
  const [origin = 0] = offsets;
  const strings = new Uint8Array(STRING_BYTES * (offsets.length - 1));
  const words = new Uint32Array(strings.buffer);
  for (let index = 0; index + 1 < offsets.length; index++) {
    const begin = (offsets[index] ?? 0) - origin;
    const length = (offsets[index + 1] ?? 0) - origin - begin;
    const inlined = length <= LONGEST_INLINED ? length : ADDRESS_AT - TEXT_AT;
    const at = index * STRING_BYTES;
    words[at / 4] = length;
    for (let nth = 0; nth < inlined; nth++) strings[at + TEXT_AT + nth] = bytes[begin + nth] ?? 0;
    if (inlined === length) continue;
    words[(at + ADDRESS_AT) / 4] = (address + begin) % WORD;
    words[(at + ADDRESS_AT) / 4 + 1] = (address + begin) / WORD;
  }
  return strings;
}
