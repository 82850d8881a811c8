// A terminal shows these as escapes, which no quotes but $'…' take back.
const UNSEEN = /(?!\n)[\p{Cc}\p{Bidi_Control}]/u;

/** A word that a shell reads back as it is: any POSIX shell, but for control characters, which need bash, zsh or ksh. */
export function shellQuoted(word: string): string {
  if (UNSEEN.test(word)) return `$'${word.replaceAll(/['\\\p{Cc}\p{Bidi_Control}]/gu, escaped)}'`;
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function escaped(character: string): string {
  if (character === "'" || character === "\\") return `\\${character}`;
  return Array.from(new TextEncoder().encode(character), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
