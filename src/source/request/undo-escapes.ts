/** Text that was changed, with the place in the original where each of its UTF-16 units begins and ends. */
export interface TracedText {
  readonly text: string;
  readonly begins: readonly number[];
  readonly ends: readonly number[];
}

export function traced(text: string): TracedText {
  const begins = Array.from({ length: text.length }, (_, index) => index);
  return { text, begins, ends: begins.map((index) => index + 1) };
}

// Percent escapes, character references of HTML, and escapes of JSON, JavaScript and Python.
const ESCAPE =
  /%[0-7][0-9a-f]|(?:%[89a-f][0-9a-f])+|&#x[0-9a-f]{1,6};?|&#\d{1,7};?|&[a-z]{2,8};|\\u\{[0-9a-f]{1,6}\}|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[0-7]{3}|\\[\s\S]/gi;

// https://html.spec.whatwg.org/multipage/named-characters.html, of which these stand for ASCII.
const REFERENCES = new Map(
  (
    "excl! quot\" num# dollar$ percnt% amp& apos' lpar( rpar) ast* midast* plus+ comma, period. sol/ colon: semi; lt< " +
    "equals= gt> quest? commat@ lsqb[ lbrack[ bsol\\ rsqb] rbrack] hat^ lowbar_ underbar_ grave` lcub{ lbrace{ verbar| " +
    "vert| rcub} rbrace}"
  )
    .split(" ")
    .map((entry) => [entry.slice(0, -1), entry.slice(-1)]),
);
const decoder = new TextDecoder();

/** One layer of escapes less; undefined when there is none. */
export function undoEscapes({ text, begins, ends }: TracedText): TracedText | undefined {
  const undone: { text: string; begins: number[]; ends: number[] } = { text: "", begins: [], ends: [] };
  let at = 0;
  const keep = (end: number): void => {
    undone.text += text.slice(at, end);
    for (; at < end; at++) {
      undone.begins.push(begins[at] ?? 0);
      undone.ends.push(ends[at] ?? 0);
    }
  };
  for (const { 0: found, index } of text.matchAll(ESCAPE)) {
    const meaning = meaningOf(found);
    if (meaning === undefined) continue;
    keep(index);
    at = index + found.length;
    undone.text += meaning;
    for (let unit = 0; unit < meaning.length; unit++) {
      undone.begins.push(begins[index] ?? 0);
      undone.ends.push(ends[at - 1] ?? 0);
    }
  }
  if (at === 0) return undefined;
  keep(text.length);
  return undone;
}

function meaningOf(sequence: string): string | undefined {
  if (sequence.startsWith("%")) {
    return decoder.decode(Uint8Array.from(sequence.slice(1).split("%"), (byte) => Number.parseInt(byte, 16)));
  }
  const name = sequence.replaceAll(/[&;]/g, "").toLowerCase();
  if (name.startsWith("#x")) return character(name.slice(2), 16);
  if (name.startsWith("#")) return character(name.slice(1), 10);
  if (sequence.startsWith("&")) return REFERENCES.get(name) ?? (name === "nbsp" ? " " : undefined);
  if (/^\\[ux][{0-9a-f]/i.test(sequence)) return character(sequence.replaceAll(/[^0-9a-f]/gi, ""), 16);
  if (/^\\[0-7]{3}/.test(sequence)) return character(sequence.slice(1), 8);
  return /[nrtbfv]/.test(sequence) ? " " : sequence.slice(1);
}

function character(digits: string, radix: number): string {
  const code = Number.parseInt(digits, radix);
  return code <= 0x10ffff ? String.fromCodePoint(code) : "";
}
