import fc from "fast-check";

/** White space between tokens. */
export const space = fc.string({ unit: fc.constantFrom(" ", "\t", "\n", "\r"), maxLength: 2 });

const character = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }).map((text) => JSON.stringify(text).slice(1, -1)),
  fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).map((text) => JSON.stringify(text).slice(1, -1)),
  fc.constantFrom('\\"', "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t"),
  fc.constantFrom("\\u0000", "\\u00e9", "\\uD83D\\uDE00", "\\ud83d", "\\udE00", "\\u2028", "\\u005c", "\\u0022"),
  fc.constantFrom("[", "]", "{", "}", ",", ":", "\u2028", "\u2029", "\u007f", "\ufeff", "é", "漢", "🦆"),
);

/** A string as it may be written. */
export const stringToken = fc.array(character, { maxLength: 12 }).map((characters) => `"${characters.join("")}"`);

const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 30 });
const numberToken = fc.oneof(
  fc.constantFrom("0", "-0", "-0.0", "1.0", "1E+2", "1e-400", "1e400", "9007199254740993", "0.10000000000000000000001"),
  fc
    .tuple(
      fc.constantFrom("", "-"),
      digits.map((text) => text.replace(/^0+(?=\d)/, "")),
      fc.option(digits, { nil: undefined }),
      fc.option(fc.tuple(fc.constantFrom("e", "E", "e+", "E-"), fc.nat(400)), { nil: undefined }),
    )
    .map(([sign, whole, fraction, exponent]) =>
      [sign, whole, fraction === undefined ? "" : `.${fraction}`, exponent?.join("") ?? ""].join(""),
    ),
);

const documents = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom("true", "false", "null"),
    numberToken,
    stringToken,
    tie("list"),
    tie("object"),
  ),
  list: fc
    .tuple(space, fc.array(fc.tuple(space, tie("value"), space), { maxLength: 4 }))
    .map(([inside, items]) => `[${items.length === 0 ? inside : items.map((item) => item.join("")).join(",")}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(space, stringToken, space, space, tie("value"), space), { maxLength: 4 }))
    .map(([inside, members]) => {
      const texts = members.map(([before, key, after, ahead, value, behind]) =>
        [before, key, after, ":", ahead, value, behind].join(""),
      );
      return `{${texts.length === 0 ? inside : texts.join(",")}}`;
    }),
}));

/** The text of any JSON value, with any white space, escapes and spellings of numbers. */
export const jsonText = documents.value;

/** The text of any JSON object; keys may come twice. */
export const objectText = documents.object;

/** The text of any JSON array. */
export const listText = documents.list;

/** What `JSON.parse` makes of bytes that must be UTF-8, or undefined where it refuses them. */
export function parsed(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}

const edit = fc.record({
  at: fc.nat(),
  lost: fc.nat(2),
  added: fc.oneof(
    fc.uint8Array({ maxLength: 2 }),
    fc.constantFrom('"', "\\", "{", "}", "[", "]", ",", ":", "0", "-", "e", ".", " ", "\n").map(bytesOf),
  ),
});

/** The bytes of a text with a few of them changed, lost, added or cut off. */
export function damagedOf(text: fc.Arbitrary<string>): fc.Arbitrary<Uint8Array<ArrayBuffer>> {
  const edits = fc.array(edit, { minLength: 1, maxLength: 3 });
  return fc.tuple(text, edits, fc.option(fc.nat(), { nil: undefined, freq: 4 })).map(([whole, changes, cut]) => {
    let bytes = [...bytesOf(whole)];
    for (const { at, lost, added } of changes) bytes.splice(at % (bytes.length + 1), lost, ...added);
    if (cut !== undefined) bytes = bytes.slice(0, cut % (bytes.length + 1));
    return Uint8Array.from(bytes);
  });
}

/** A document, damaged. */
export const damaged = damagedOf(jsonText);

export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
