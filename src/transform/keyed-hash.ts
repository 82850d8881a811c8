const HASH = { name: "HMAC", hash: "SHA-256" };

/** The hex HMAC-SHA-256 of bytes, always with the same key. */
export type KeyedHash = (bytes: Uint8Array<ArrayBuffer>) => Promise<string>;

/** @param key is copied at once */
export function keyedHash(key: Uint8Array<ArrayBuffer>): KeyedHash {
  const imported = crypto.subtle.importKey("raw", key, HASH, false, ["sign"]);
  // Whoever hashes hears of it.
  imported.catch(() => {});
  return async (bytes) => {
    const digest = new Uint8Array(await crypto.subtle.sign(HASH.name, await imported, bytes));
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  };
}
