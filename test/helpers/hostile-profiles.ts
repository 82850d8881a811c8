import fc from "fast-check";

/** Names that are hard on databases and file formats. */
export const HOSTILE_NAMES: readonly string[] = [
  "Email",
  "email",
  "EMAIL",
  "$email",
  "Email_2",
  "",
  "_",
  "distinct_id",
  "last_seen",
  "properties",
  "Properties_2",
  "select",
  "a.b",
  "a/b",
  "a~1b",
  "$",
  "'\"`",
  'x";--',
  "line\nbreak\r\n",
  "tab\t",
  "nul\0",
  "nul\ufffd",
  "back\\slash",
  "{}",
  "7",
  "__proto__",
  "constructor",
  "\u2028",
  "É",
  "é",
  "名前",
  "😀",
  " ",
  "x".repeat(255),
  ",",
];

/** Values as JSON that almost fit a type, or are hard to keep. */
export const HOSTILE_VALUES: readonly string[] = [
  ...[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "-0.0",
    "1",
    "-1",
    "1.0",
    "1E+2",
    "0.1",
    "1e308",
    "1e400",
    "5e-324",
    "-2.5e-8",
  ],
  ...["9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "9223372036854775808"],
  ...["123456789012345678901234567890", "9".repeat(38), `-${"9".repeat(39)}`],
  ...[
    '""',
    '"x"',
    '"true"',
    '"1"',
    '"NaN"',
    '"null"',
    '"a-0,b"',
    '" "',
    '"\\u0000"',
    '"\\u2028"',
    '"😀"',
    '"a\\"b\\\\"',
  ],
  ...['"line\\nbreak\\r\\n"', '"=1+1"', '"\\ufeffx"', '"a,b;c\\td"'],
  ...['"2023-01-01"', '"2024-02-29"', '"2023-02-30"', '"0000-01-01"', '"9999-12-31"', '"0001-01-01"', '"2023-1-1"'],
  ...['"2023-01-01T00:00:00"', '"2023-01-01T23:59:60"', '"2023-01-01T24:00:00"', '"1969-12-31T23:59:59"'],
  ...["[]", "{}", '[1,"a",null,-0,1.0,-0]', '{"a":{"A":[1e2]},"":"\\u0000"}', "[[[[]]]]", "[9007199254740993]"],
];

/** A profile's properties: names with values as JSON, in which a name may come twice. */
export type RawMembers = readonly (readonly [name: string, json: string])[];

const names = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...HOSTILE_NAMES) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 8 }) },
);

const values = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...HOSTILE_VALUES) },
  { weight: 1, arbitrary: fc.integer().map(String) },
  { weight: 1, arbitrary: fc.bigInt().map(String) },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)) },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.json() },
);

/** Profiles with hostile properties. */
export const rawProfiles: fc.Arbitrary<readonly RawMembers[]> = fc.array(
  fc.array(fc.tuple(names, values), { maxLength: 8 }),
  { minLength: 1, maxLength: 8 },
);

/** The properties as JSON. */
export function rawJson(members: RawMembers): string {
  return `{${members.map(([name, json]) => `${JSON.stringify(name)}: ${json}`).join(", ")}}`;
}

/** The first value of a name, as JSON. */
export function rawValue(members: RawMembers, property: string): string {
  return members.find(([name]) => name === property)?.[1] ?? "null";
}

/** What a column of this type must hold for a value of JSON, to be compared with {@link columnValue}. */
export function expectedValue(json: string, type: string): unknown {
  const value: unknown = JSON.parse(json);
  if (value === null) return null;
  if (type === "JSON") return { json: value };
  if (type === "BIGINT" || type.startsWith("DECIMAL")) return BigInt(json);
  if (type === "DOUBLE") return { number: Number(json) };
  const isOther = typeof value === "number" && (!/^-?\d+$/.test(json) || json === "-0");
  // DuckDB has a spelling of its own for numbers that are not whole.
  if (isOther) return { number: value };
  return typeof value === "number" ? json : typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What the text of a column's value, as DuckDB writes it, stands for. */
export function columnValue(text: unknown, type: string, expected: unknown): unknown {
  if (typeof text !== "string") return text;
  if (type === "JSON") return { json: JSON.parse(text) };
  if (type === "BIGINT" || type.startsWith("DECIMAL")) return BigInt(text);
  if (type === "TIMESTAMP") return text.replace(" ", "T");
  const isNumber = typeof expected === "object" && expected !== null && "number" in expected;
  return isNumber ? { number: Number(text) } : text;
}
