import { createHmac } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DropPropertiesOptions, dropProperties } from "../../src/index.ts";
import { ndjsonLines } from "../../src/page/ndjson-lines.ts";
import type { LoadedPage, PageResult } from "../../src/page/page-result.ts";
import { type ProfileRow, profileRow } from "../../src/page/profile-row.ts";
import { rawLines } from "../../src/page/raw-lines.ts";
import { errorOf } from "../helpers/error-of.ts";
import { jsonText, space, stringToken } from "../helpers/json-documents.ts";
import { failedPage, loadedPage, rowsOf, sessionOf } from "../helpers/page-results.ts";

const SESSION = sessionOf(undefined);
const KEY = "a key of ours";

/** What comes out for one page. */
async function through<Page extends PageResult<ProfileRow>>(page: Page, options: DropPropertiesOptions): Promise<Page> {
  const { readable, writable } = dropProperties(options);
  const writer = writable.getWriter();
  writer.write(page).catch(() => {});
  writer.close().catch(() => {});
  return (await readable.getReader().read()).value as Page;
}

async function rowsThrough(
  rows: readonly ProfileRow[],
  options: DropPropertiesOptions,
): Promise<readonly ProfileRow[]> {
  return (await through(loadedPage(SESSION, 0, rows), options)).rows;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const hmac = (text: string, key = KEY): string => createHmac("sha256", key).update(text).digest("hex");

async function properties(json: string, options: DropPropertiesOptions): Promise<string | undefined> {
  const [row] = await rowsThrough(rowsOf(`{"$distinct_id":"4","$properties":${json}}`), options);
  return row?.propertiesJson;
}

const EMAIL = { drop: ["$email"] };

describe("dropProperties: what is dropped", () => {
  test.each([
    ["first", '{"$email":"a@b","a":1, "b" : 1E+2}', '{"a":1, "b" : 1E+2}'],
    ["in the middle", '{"a":1,"$email":{"x":[1,"]"]},"b":1.0}', '{"a":1,"b":1.0}'],
    ["last", '{ "a":1 , "$email":"a@b" }', '{ "a":1 }'],
    ["alone", '{"$email":"a@b"}', "{}"],
    ["twice in a row", '{"$email":1,"$email":2,"a":1}', '{"a":1}'],
    ["twice with another between", '{"$email":1,"a":1,"$email":2}', '{"a":1}'],
    ["spelled with escapes", String.raw`{"a":"\u0061","\u0024em\u0061il":"a@b"}`, String.raw`{"a":"\u0061"}`],
    ["part of another name", '{"$emails":1,"$emai":2,"email":3,"a":{"$email":4}}', undefined],
  ])("goes with one comma and nothing else: %s", async (_, sent, left = sent) => {
    expect(await properties(sent, EMAIL)).toBe(left);
  });

  test("may come more often than a function takes arguments", async () => {
    expect(await properties(`{${'"$email":1,'.repeat(130_000)}"a":1}`, EMAIL)).toBe('{"a":1}');
  });

  test("may be spelled as no text of JSON is: quotes, backslashes, half a character", async () => {
    const names = ['a"b', "a\\b", "\ud83d", "é\n"];
    const sent = `{${names.map((name) => `${JSON.stringify(name)}:1,`).join("")}"\\u00e9\\u000a":2,"z":3}`;
    expect(await properties(sent, { drop: names })).toBe('{"z":3}');
  });

  test("is the text of $last_seen too: the row has none then", async () => {
    const text = '{"$distinct_id":"4","$properties":{"$last_seen":"2024-05-06T07:08:09","a":1}}';
    const built = profileRow({ distinctId: "4", lastSeen: "2024-05-06T07:08:09", properties: { a: 1 } });
    const rows = await rowsThrough([...rowsOf(text), built], { drop: ["$last_seen"] });
    const line = '{"distinct_id":"4","last_seen":null,"properties":{"a":1}}\n';
    expect(textOf(ndjsonLines(rows))).toBe(line + line);
  });

  test("is in a built row what it is in one that was sent", async () => {
    const built = profileRow({ distinctId: "4", lastSeen: null, properties: { $email: "a@b", a: 1, n: "é" } });
    const [row] = await rowsThrough([built], EMAIL);
    expect([row?.propertiesJson, row?.properties]).toEqual(['{"a":1,"n":"é"}', { a: 1, n: "é" }]);
  });

  test("leaves $last_seen, the id and rows without it as they were", async () => {
    const rows = rowsOf(
      '{"$properties":{"$email":1,"$last_seen":"2024-05-06","a":1},"$distinct_id":"\\u0034"}',
      '{"$distinct_id":5}',
      '{"$distinct_id":"6","$properties":null}',
    );
    const [first, second, third] = await rowsThrough(rows, EMAIL);
    expect(first).toMatchObject({ distinctId: "4", lastSeen: "2024-05-06", propertiesJson: '{"a":1}' });
    expect([second, third]).toEqual([rows[1], rows[2]]);
  });

  test("is not in the raw profile either, where $properties may come twice", async () => {
    const rows = rowsOf(
      '{ "$properties":{"$email":1}, "$distinct_id":"4", "other":[1], "$properties":{"a":1 ,\n "$email":2} }',
      '{"$properties":"{\\"$email\\":1}","$properties":{"a":1}}',
    );
    expect(textOf(rawLines(await rowsThrough(rows, EMAIL)))).toBe(
      '{ "$properties":{}, "$distinct_id":"4", "other":[1], "$properties":{"a":1} }\n' +
        '{"$properties":null,"$properties":{"a":1}}\n',
    );
  });
});

describe("dropProperties: what is hashed", () => {
  const hash = { hash: ["$email"], key: KEY };

  test.each([
    ["text, as it is meant", String.raw`"\u0061@b"`, "a@b"],
    ["a number, as it was sent", "1E+2", "1E+2"],
    ["null", "null", "null"],
    ["an object, as it was sent", '{"b": 1,"a":2}', '{"b": 1,"a":2}'],
  ])("is its HMAC-SHA-256 in hex: %s", async (_, token, text) => {
    expect(await properties(`{"a":1, "$email" : ${token} ,"b":2}`, hash)).toBe(
      `{"a":1, "$email" : "${hmac(text)}" ,"b":2}`,
    );
  });

  test("is the same for a key in bytes, for built rows and in another run", async () => {
    const built = profileRow({ distinctId: "4", lastSeen: null, properties: { $email: "a@b" } });
    const key = new TextEncoder().encode(KEY);
    const [row] = await rowsThrough([built], { ...hash, key });
    const expected = `{"$email":"${hmac("a@b")}"}`;
    expect([row?.propertiesJson, await properties('{"$email":"a@b"}', hash)]).toEqual([expected, expected]);
    expect(await properties('{"$email":"a@b"}', { ...hash, key: key.buffer })).toBe(expected);
    expect(await properties('{"$email":"a@b"}', { ...hash, key: "another" })).toBe(
      `{"$email":"${hmac("a@b", "another")}"}`,
    );
  });

  test("may be $last_seen", async () => {
    const text = '{"$distinct_id":"4","$properties":{"$last_seen":"2024-05-06"}}';
    const built = profileRow({ distinctId: "4", lastSeen: "2024-05-06", properties: {} });
    const rows = await rowsThrough([...rowsOf(text), built], { hash: ["$last_seen"], key: KEY });
    expect(rows.map(({ lastSeen }) => lastSeen)).toEqual([hmac("2024-05-06"), hmac("2024-05-06")]);
  });
});

describe("dropProperties: pages", () => {
  test("pass if they failed, and keep all that they say if they came", async () => {
    const failed = failedPage(SESSION, 1);
    expect(await through(failed, EMAIL)).toBe(failed);
    const page: LoadedPage<ProfileRow> = {
      ...loadedPage(SESSION, 2, []),
      profileCount: 3,
      invalidTaken: 1,
      invalid: [{ profileIndex: 0, reason: "not an object", distinctId: "4", bytes: new Uint8Array([1, 2]) }],
    };
    const invalid = [{ profileIndex: 0, reason: "not an object", distinctId: "4", bytes: new Uint8Array() }];
    expect(await through(page, EMAIL)).toEqual({ ...page, invalid });
  });

  test("hold the same but for what was named, whatever they hold", async () => {
    const name = fc.oneof(
      fc.constantFrom('"$email"', '"\\u0024email"', '"$phone"', '"$last_seen"', '"a"'),
      stringToken,
    );
    const member = fc.tuple(space, name, space, space, jsonText, space).map(([a, key, b, c, value, d]) => ({
      key: JSON.parse(key) as string,
      text: `${a}${key}${b}:${c}${value}${d}`,
    }));
    const profile = fc.array(member, { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.array(profile, { maxLength: 4 }), async (profiles) => {
        const drop = ["$email", "$phone"];
        const left = async (form: (text: string) => string) => {
          const [sent, wanted] = [[], drop].map((names) =>
            profiles.map((members) => {
              const kept = members.filter(({ key }) => !names.includes(key)).map(({ text }) => form(text));
              return `{"$distinct_id":"4","$properties":{${kept.join(",")}}}`;
            }),
          );
          const rows = [await rowsThrough(rowsOf(...(sent ?? [])), { drop }), rowsOf(...(wanted ?? []))];
          return rows.map((each) => textOf(ndjsonLines(each)) + textOf(rawLines(each)));
        };
        // White space around a comma may go with either side of it.
        const [cleaned = "", wanted = ""] = await left((text) => text);
        const parsed = [cleaned, wanted].map((lines) =>
          lines
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line)),
        );
        expect(parsed[0]).toEqual(parsed[1]);
        const [cleanedBytes, wantedBytes] = await left((text) => text.trim());
        expect(cleanedBytes).toBe(wantedBytes);
      }),
      { numRuns: 300 },
    );
  });
});

describe("dropProperties: options", () => {
  test.each([
    [{}, "`drop` or `hash` must be a list of names"],
    [{ drop: [] }, "`drop` must be a list of at least one name"],
    [{ hash: "$email", key: KEY }, "`hash` must be a list of at least one name"],
    [{ drop: [""] }, '`drop` must be text that is not empty: ""'],
    [{ drop: ["$distinct_id"] }, '`drop` must not name what tells the profiles apart: "$distinct_id"'],
    [{ hash: ["$distinct_id"], key: KEY }, '`hash` must not name what tells the profiles apart: "$distinct_id"'],
    [{ drop: ["a"], hash: ["a"], key: KEY }, '`hash` must not name a property that `drop` names too: "a"'],
    [{ hash: ["a"] }, "`key` must be text or bytes, and not empty, for values to be hashed"],
    [{ hash: ["a"], key: "" }, "`key` must be text or bytes, and not empty, for values to be hashed"],
    [{ hash: ["a"], key: 12345 }, "`key` must be text or bytes, and not empty, for values to be hashed"],
    [{ drops: ["a"] }, "`drops` must be left out, the options are drop, hash, key"],
  ])("are refused at once if they cannot be meant: %j", async (options, problem) => {
    const error = await errorOf(async () => dropProperties(options as DropPropertiesOptions));
    expect(error).toMatchObject({ code: "usage", message: `Cannot drop properties, ${problem}` });
  });
});
