import { describe, expect, test } from "vitest";
import { profileRow } from "../../../src/page/profile-row.ts";
import { lastOfEachId, ProfileColumns } from "../../../src/sink/columns/profile-columns.ts";
import { rowsOf } from "../../helpers/page-results.ts";

const micros = BigInt(Date.UTC(2024, 0, 1)) * 1000n;
const decoder = new TextDecoder();

/** What the columns hold, row by row. */
function held(rows: ProfileColumns): (readonly [string, bigint | null, string])[] {
  const { distinctIds, lastSeen, properties } = rows;
  return Array.from({ length: rows.length }, (_, index) => [
    decoder.decode(distinctIds.at(index)),
    lastSeen.at(index),
    decoder.decode(properties.at(index)),
  ]);
}

describe("rows that were built", () => {
  test("are left out without an id", () => {
    const rows = [null, "a", ""].map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: {} }));
    expect(held(new ProfileColumns().fill(rows))).toEqual([["a", null, "{}"]]);
  });

  test.each([
    ["2024-01-01T00:00:00", { a: 1 }, micros, `{"a":1}`],
    [null, { a: 1 }, null, `{"a":1}`],
    ["soon", { a: 1 }, null, `{"a":1,"$last_seen":"soon"}`],
    ["soon", {}, null, `{"$last_seen":"soon"}`],
    ["", {}, null, `{"$last_seen":""}`],
    [`"\\`, { "}": "{" }, null, String.raw`{"}":"{","$last_seen":"\"\\"}`],
    ["\ud800", {}, null, String.raw`{"$last_seen":"\ufffd"}`],
  ])("with a last_seen of %j beside %j are stored as %s and %s", (lastSeen, properties, stored, json) => {
    const rows = new ProfileColumns().fill([profileRow({ distinctId: "a", lastSeen, properties })]);
    expect(held(rows)).toEqual([["a", stored, json]]);
  });

  test("have their lone surrogates replaced and counted, in ids and in properties", () => {
    const rows = new ProfileColumns().fill([
      profileRow({ distinctId: "\udc00x", lastSeen: null, properties: { "\ud800": "\ud801 😀" } }),
    ]);
    expect(held(rows)).toEqual([["\ufffddc00x", null, String.raw`{"\ufffd":"\ufffd 😀"}`]]);
    expect(rows.surrogates).toBe(3);
  });
});

describe("profiles that were sent", () => {
  test.each([
    [`{"$distinct_id":"ü","$properties":{"$last_seen":"2024-01-01T00:00:00","a":1.0}}`, ["ü", micros, `{"a":1.0}`]],
    [`{"$distinct_id":9007199254740993,"$properties":{"a":1}}`, ["9007199254740993", null, `{"a":1}`]],
    [String.raw`{"$distinct_id":"a\u00fc\"","$properties":{}}`, ['aü"', null, "{}"]],
    [
      String.raw`{"$distinct_id":"\ud800","$properties":{"b":"\udc00"}}`,
      ["\ufffdd800", null, String.raw`{"b":"\ufffd"}`],
    ],
    [
      String.raw`{"$distinct_id":"a","$properties":{"$last_seen":"2024-01-01\u005400:00:00","b":2}}`,
      ["a", micros, `{"b":2}`],
    ],
    [`{"$distinct_id":"a","$properties":{"$last_seen":"soon","b":2}}`, ["a", null, `{"b":2,"$last_seen":"soon"}`]],
    [`{"$distinct_id":"a"}`, ["a", null, "{}"]],
  ] as const)("%s is stored as it came", (profile, row) => {
    expect(held(new ProfileColumns().fill(rowsOf(profile)))).toEqual([row]);
  });

  test("are left out without an id", () => {
    const rows = rowsOf(`{"$distinct_id":null,"$properties":{}}`, `{"$properties":{}}`, `{"$distinct_id":"a"}`);
    expect(held(new ProfileColumns().fill(rows))).toEqual([["a", null, "{}"]]);
  });
});

test("rows that are filled again hold nothing of what was there before, whatever its size", () => {
  const rows = new ProfileColumns();
  const many = Array.from({ length: 3000 }, (_, index) =>
    profileRow({ distinctId: `id-${index}`, lastSeen: "2024-01-01T00:00:00", properties: { a: "\ud800" } }),
  );
  expect(rows.fill(many).surrogates).toBe(3000);
  expect(held(rows)[2999]).toEqual(["id-2999", micros, String.raw`{"a":"\ufffd"}`]);
  expect(held(rows.fill(rowsOf(`{"$distinct_id":"b"}`)))).toEqual([["b", null, "{}"]]);
  expect([rows.surrogates, rows.lastSeen.nulls, rows.properties.bytes.length]).toEqual([0, 1, 2]);
  expect(held(rows.fill([]))).toEqual([]);
});

test("the last of each id stays, in the order of their first", () => {
  const row = (distinctId: string | null, n: number) => profileRow({ distinctId, lastSeen: null, properties: { n } });
  const [a, b, none, again] = [row("a", 1), row("b", 2), row(null, 3), row("a", 4)];
  expect(lastOfEachId([a, b, none, again])).toEqual([again, b]);
});

test("ids that differ in their lone surrogates only stay different", () => {
  const rows = ["\ud800", "\udc00", "\ufffd"].map((id) =>
    profileRow({ distinctId: id, lastSeen: null, properties: {} }),
  );
  expect(lastOfEachId(rows)).toEqual(rows);
  expect(held(new ProfileColumns().fill(rows)).map(([id]) => id)).toEqual(["\ufffdd800", "\ufffddc00", "\ufffd"]);
});
