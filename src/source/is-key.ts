const decoder = new TextDecoder();

/** Whether the key token at `start` spells `token` (quotes included), with escapes or without. */
export function isKey(token: Uint8Array, bytes: Uint8Array, start: number, end: number, escaped: boolean): boolean {
  if (escaped) {
    return JSON.parse(decoder.decode(bytes.subarray(start, end))) === JSON.parse(decoder.decode(token));
  }
  if (end - start !== token.length) return false;
  for (let at = 0; at < token.length; at++) if (bytes[start + at] !== token[at]) return false;
  return true;
}
