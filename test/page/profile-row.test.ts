import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { hasId, type ProfileRowFields, profileRow } from "../../src/page/profile-row.ts";
import { rowsOf } from "../helpers/page-results.ts";

function sentRow(text: string) {
  const [row] = rowsOf(text);
  if (row === undefined) throw new Error("There is no row");
  return row;
}

/** Everything within a value, itself included. */
function* within(value: unknown): Generator<unknown> {
  yield value;
  if (typeof value === "object" && value !== null) for (const inner of Object.values(value)) yield* within(inner);
}

describe("a row that was sent", () => {
  const row = sentRow(
    '{"$distinct_id":7,"$properties":{"$last_seen":"2026-01-02T03:04:05","n":9007199254740993,"a":[{"b":{}}]}}',
  );

  it("gives its parts as they were sent", () => {
    expect([row.distinctId, row.lastSeen, row.propertiesJson]).toEqual([
      "7",
      "2026-01-02T03:04:05",
      '{"n":9007199254740993,"a":[{"b":{}}]}',
    ]);
  });

  it("parses its properties once and freezes them, however deep", () => {
    expect(row.properties).toBe(row.properties);
    expect(row.properties).toEqual({ n: 9007199254740992, a: [{ b: {} }] });
    expect([...within(row.properties)].every(Object.isFrozen)).toBe(true);
    expect(() => Object.assign(row.properties, { n: 1 })).toThrow(TypeError);
  });

  it("survives 100,000 levels", () => {
    const deep = `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const { properties, propertiesJson } = sentRow(`{"$properties":${deep}}`);
    expect(propertiesJson).toBe(deep);
    expect(Object.isFrozen(properties.a)).toBe(true);
  });

  it("takes __proto__ for a name like any other, and freezes what it holds", () => {
    const { properties } = sentRow('{"$properties":{"__proto__":{"a":{"b":1}}}}');
    expect(Object.keys(properties)).toEqual(["__proto__"]);
    const held: unknown = Object.getOwnPropertyDescriptor(properties, "__proto__")?.value;
    expect(held).toEqual({ a: { b: 1 } });
    expect([...within(held)].every(Object.isFrozen)).toBe(true);
    expect("a" in properties).toBe(false);
  });

  it("shows its fields as JSON, and none when it is spread", () => {
    expect(JSON.parse(JSON.stringify(row))).toEqual({
      distinctId: "7",
      lastSeen: "2026-01-02T03:04:05",
      properties: { n: 9007199254740992, a: [{ b: {} }] },
    });
    expect(inspect({ ...row })).not.toContain("2026");
  });
});

describe("a row that is built", () => {
  it("holds its fields, and its properties as JSON", () => {
    const row = profileRow({ distinctId: "a", lastSeen: "t", properties: { b: 1, c: undefined, d: new Date(0) } });
    expect([row.distinctId, row.lastSeen, row.propertiesJson]).toEqual([
      "a",
      "t",
      '{"b":1,"d":"1970-01-01T00:00:00.000Z"}',
    ]);
    expect(row.properties).toEqual({ b: 1, d: "1970-01-01T00:00:00.000Z" });
    expect(row.toJSON()).toEqual({ distinctId: "a", lastSeen: "t", properties: row.properties });
  });

  it("may have no id and no time; an empty id is none", () => {
    for (const distinctId of [null, ""]) {
      const row = profileRow({ distinctId, lastSeen: null, properties: {} });
      expect([row.distinctId, row.lastSeen, row.propertiesJson]).toEqual([null, null, "{}"]);
    }
  });

  it("does not change with what it was built from, nor freeze that", () => {
    const properties = { list: [1] };
    const row = profileRow({ distinctId: "a", lastSeen: null, properties });
    properties.list.push(2);
    expect([row.properties, row.propertiesJson]).toEqual([{ list: [1] }, '{"list":[1]}']);
    expect([...within(row.properties)].every(Object.isFrozen)).toBe(true);
    properties.list.push(3);
    expect(properties.list).toEqual([1, 2, 3]);
  });

  it("keeps a $last_seen among its properties, for nobody asked to take it out", () => {
    const row = profileRow({ distinctId: "a", lastSeen: null, properties: { $last_seen: "t" } });
    expect(row.propertiesJson).toBe('{"$last_seen":"t"}');
  });

  it("may be made of another one", () => {
    const { distinctId, lastSeen, properties } = sentRow('{"$distinct_id":1,"$properties":{"a":1,"__proto__":2}}');
    const row = profileRow({ distinctId, lastSeen, properties: { ...properties, b: 2 } });
    expect(row.propertiesJson).toBe('{"a":1,"__proto__":2,"b":2}');
  });

  it.each<[string, Record<string, unknown>]>([
    ["distinctId", { distinctId: 4 }],
    ["distinctId", { distinctId: undefined }],
    ["distinctId", { distinctId: ["a"] }],
    ["lastSeen", { lastSeen: 4 }],
    ["lastSeen", { lastSeen: undefined }],
    ["lastSeen", { lastSeen: new Date(0) }],
    ["properties", { properties: null }],
    ["properties", { properties: undefined }],
    ["properties", { properties: [] }],
    ["properties", { properties: "{}" }],
    ["properties", { properties: 7 }],
    ["properties", { properties: () => {} }],
    ["properties", { properties: new Date(0) }],
    ["properties", { properties: { toJSON: () => [] } }],
  ])("is refused with the name of the field that is wrong: %s, %o", (name, fields) => {
    const build = () => profileRow({ distinctId: "a", lastSeen: null, properties: {}, ...fields } as ProfileRowFields);
    expect(build).toThrow(TypeError);
    expect(build).toThrow(`Cannot build a row, \`${name}\` must be`);
  });

  it("is refused where its properties are no JSON", () => {
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    for (const properties of [circular, { big: 1n }]) {
      expect(() => profileRow({ distinctId: "a", lastSeen: null, properties })).toThrow(TypeError);
    }
  });
});

it("has an id exactly where its distinctId is not null", () => {
  const sent = rowsOf(
    '{"$distinct_id":0}',
    '{"$distinct_id":"a"}',
    '{"$distinct_id":""}',
    '{"$distinct_id":null}',
    "{}",
  );
  const built = ["a", "", null].map((distinctId) => profileRow({ distinctId, lastSeen: null, properties: {} }));
  const has = [...sent, ...built].map(hasId);
  expect(has).toEqual([...sent, ...built].map((row) => row.distinctId !== null));
  expect(has).toEqual([true, true, false, false, false, true, false, false]);
});
