import { JsonByte } from "./json-byte.ts";

const decoder = new TextDecoder();

/** Whether the key token at `start` spells `token`, quotes included, with escapes or without. */
export function isKey(token: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  for (let nth = 1; nth < token.length; nth++) {
    const byte = bytes[start + nth];
    if (byte === JsonByte.Backslash) return isText(token, bytes.subarray(start, end));
    if (byte !== token[nth]) return false;
  }
  return end - start === token.length;
}

function isText(token: Uint8Array, escaped: Uint8Array): boolean {
  return JSON.parse(decoder.decode(escaped)) === JSON.parse(decoder.decode(token));
}
