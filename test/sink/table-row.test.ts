import { expect, test } from "vitest";
import { profileRow } from "../../src/profile-row.ts";
import { lastOfEachId, tableRows } from "../../src/sink/table-row.ts";

const micros = BigInt(Date.UTC(2024, 0, 1)) * 1000n;

test("a profile without an id is counted and left out", () => {
  const rows = [null, "a", ""].map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: {} }));
  expect(tableRows(rows)).toEqual({
    rows: [{ distinctId: "a", lastSeen: null, properties: "{}" }],
    withoutId: 2,
    surrogates: 0,
  });
});

test.each([
  ["2024-01-01T00:00:00", { a: 1 }, micros, `{"a":1}`],
  [null, { a: 1 }, null, `{"a":1}`],
  ["soon", { a: 1 }, null, `{"a":1,"$last_seen":"soon"}`],
  ["soon", {}, null, `{"$last_seen":"soon"}`],
  ["", {}, null, `{"$last_seen":""}`],
  [`"\\`, { "}": "{" }, null, String.raw`{"}":"{","$last_seen":"\"\\"}`],
  ["\ud800", {}, null, String.raw`{"$last_seen":"\ufffd"}`],
])("a last_seen of %j beside %j is stored as %s and %s", (lastSeen, properties, stored, json) => {
  expect(tableRows([profileRow({ distinctId: "a", lastSeen, properties })]).rows).toEqual([
    { distinctId: "a", lastSeen: stored, properties: json },
  ]);
});

test("lone surrogates are counted in ids and in properties", () => {
  const { rows, surrogates } = tableRows([
    profileRow({ distinctId: "\udc00x", lastSeen: null, properties: { "\ud800": "\ud801 😀" } }),
  ]);
  expect(rows).toEqual([{ distinctId: "\ufffdx", lastSeen: null, properties: String.raw`{"\ufffd":"\ufffd 😀"}` }]);
  expect(surrogates).toBe(3);
});

test("the last of each id stays", () => {
  const row = (distinctId: string, properties: string) => ({ distinctId, lastSeen: null, properties });
  expect(lastOfEachId([row("a", "1"), row("b", "2"), row("a", "3")])).toEqual([row("a", "3"), row("b", "2")]);
});
