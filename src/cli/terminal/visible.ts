// Line feeds are ours, or the server's words that were folded into one line before.
const UNSEEN = /(?!\n)[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * Text that a terminal shows and does not obey: control characters but the line feed, and those that change the direction
 * of writing, as escapes such as `\x1b` and `\u202e`.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, (character) => {
    const code = character.charCodeAt(0);
    return code <= 0xff ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
