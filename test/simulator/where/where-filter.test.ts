import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { whereFilter } from "../../../src/simulator/where/where-filter.ts";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, exportIds, read, refused } from "../../helpers/engage-call.ts";

const PROPERTIES = {
  $last_seen: "2026-01-02T03:04:05",
  plan: "team",
  seats: 3,
  spend: 2.5,
  trial: false,
  tags: ["beta", 7],
  empty: "",
  none: null,
  'a "b"': "c",
  __proto__x: 1,
};
const PROFILE = JSON.stringify({ $distinct_id: "a", $properties: PROPERTIES });

describe("whereFilter", () => {
  it.each([
    'properties["plan"] == "team"',
    "properties['plan'] == 'team'",
    'user["plan"] == "team"',
    'properties["plan"] != "free"',
    'properties["absent"] != "free"',
    'properties["seats"] == 3',
    'properties["seats"] != "3"',
    'properties["spend"] > 2 and properties["spend"] <= 2.5',
    'properties["seats"] >= -1',
    'properties["$last_seen"] >= "2026-01-02T03:04:05"',
    'properties["$last_seen"] < "2026-01-02T03:04:06"',
    'defined(properties["trial"])',
    'defined(properties["empty"])',
    'not defined(properties["none"])',
    'not properties["trial"]',
    'not properties["empty"]',
    'properties["trial"] == false',
    '"ea" in properties["plan"]',
    '"beta" in properties["tags"]',
    '7 in properties["tags"]',
    '"x" not in properties["tags"]',
    'properties["plan"] in ["free", "team"]',
    'properties["tags"] == ["beta", 7]',
    'properties["a \\"b\\""] == "c"',
    'properties["plan"] == "\\u0074eam"',
    'properties["seats"] * 2 + 1 == 7',
    'properties["seats"] - 1 - 1 == 1',
    'properties["seats"] % 2 == 1 and 7 / 2 == 3.5',
    'string(properties["seats"]) == "3"',
    'number("3") == properties["seats"]',
    'boolean(properties["plan"])',
    'datetime(properties["$last_seen"]) > datetime("2026-01-02")',
    'datetime("2026-01-02T04:04:05+01:00") == datetime(properties["$last_seen"])',
    'datetime(0) == datetime("1970-01-01 00:00")',
    'number(datetime("1970-01-02")) == 86400',
    "true or false and false",
    "not (false or false)",
    "not not true",
    "((true))",
    `${"true and ".repeat(5_000)}true`,
  ])("is true of the profile: %s", (expression) => {
    expect(whereFilter(expression)(PROFILE)).toBe(true);
  });

  it.each([
    'properties["absent"] == "team"',
    'properties["absent"] > 0',
    'properties["absent"] <= 0',
    'properties["plan"] > 2',
    'properties["plan"] <= 2',
    'properties["seats"] == "3"',
    'properties["toString"]',
    'defined(properties["constructor"])',
    'properties["$last_seen"] < "2026-01-02T03:04:05"',
    '"beta" in properties["absent"]',
    'properties["tags"] in "beta"',
    'properties["seats"] / 0 > 1',
    'properties["plan"] + 1 == 1',
    'number("three") == 3',
    'defined(datetime("yesterday")) or defined(datetime("2026-13-45"))',
    "[]",
    "0",
  ])("is false of it: %s", (expression) => {
    expect(whereFilter(expression)(PROFILE)).toBe(false);
  });

  it("finds what changed since a time or was never seen", () => {
    const changed = whereFilter(
      '(properties["plan"] == "team") and (properties["$last_seen"] >= "2026-01-01T00:00:00" or not defined(properties["$last_seen"]))',
    );
    const profile = (properties: object) =>
      JSON.stringify({ $distinct_id: 1, $properties: { plan: "team", ...properties } });
    expect(changed(profile({ $last_seen: "2026-01-01T00:00:00" }))).toBe(true);
    expect(changed(profile({ $last_seen: "2025-12-31T23:59:59" }))).toBe(false);
    expect(changed(profile({}))).toBe(true);
    expect(changed(profile({ $last_seen: null }))).toBe(true);
    expect(changed(profile({ plan: "free" }))).toBe(false);
  });

  it.each(['{"$distinct_id":1}', '{"$distinct_id":1,"$properties":null}', '{"$properties":[1]}', "null", "{oops"])(
    "takes a profile without properties for one that has none: %s",
    (json) => {
      expect(whereFilter('defined(properties["a"])')(json)).toBe(false);
      expect(whereFilter('not defined(properties["a"])')(json)).toBe(true);
    },
  );

  it.each([
    ["x", "it lacks a value"],
    ['properties["a"]["b"] == 1', "it lacks an operator or the end at character 16"],
    ["properties.a == 1", "there is no such sign as . at character 11"],
    ["properties[a] == 1", "it lacks the name of a property in quotes"],
    ['behaviors["b"] > 0', "it lacks a value"],
    ['properties["a"] = 1', "there is no such sign as ="],
    ['properties["a"] == "x', 'there is no such sign as "'],
    ['(properties["a"] == 1', "it lacks )"],
    ['properties["a"] ==', "it lacks a value"],
    ['properties["a"] AND true', "it lacks an operator or the end"],
    ["1 < 2 < 3", "it lacks an operator or the end"],
    ["ceil(1)", "it lacks a value"],
    ["true 💥", "there is no such sign as 💥 at character 6"],
    ["(".repeat(500), "it is nested too deeply"],
    ["not ".repeat(500), "it is nested too deeply"],
    ["[1,", "it lacks a value"],
  ])("refuses what it does not understand, and says where: %s", (expression, reason) => {
    expect(() => whereFilter(expression)).toThrow(
      expect.objectContaining({
        status: 400,
        message: expect.stringMatching(/^The simulator cannot understand `where`, /),
      }),
    );
    expect(() => whereFilter(expression)).toThrow(reason);
  });

  it("compares texts and numbers as JavaScript does", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }));
    fc.assert(
      fc.property(value, value, (left, right) => {
        const profile = JSON.stringify({ $properties: { left, right } });
        const is = (operator: string) => whereFilter(`properties["left"] ${operator} properties["right"]`)(profile);
        expect(is("==")).toBe(left === right);
        expect(is("<")).toBe(typeof left === typeof right && left < right);
        expect(is(">=")).toBe(typeof left === typeof right && left >= right);
        expect(whereFilter(`properties["left"] == ${JSON.stringify(left)}`)(profile)).toBe(true);
      }),
    );
  });

  it("never fails in another way than by a refusal", () => {
    const piece = fc.constantFrom(
      "properties",
      '["a"]',
      "(",
      ")",
      "not",
      "and",
      "or",
      "in",
      "==",
      "<",
      "-",
      "1",
      '"t"',
      "defined",
      ",",
      "\\",
      "'",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          whereFilter(pieces.join(" "))(PROFILE);
        } catch (error) {
          expect(error).toMatchObject({ status: 400 });
        }
      }),
    );
  });
});

describe("a query with `where`", () => {
  const profiles = Array.from(
    { length: 25 },
    (_, n) => `{"$distinct_id":"${n}","$properties":{"n":${n},"odd":${n % 2 === 1}}}`,
  );

  it("brings the profiles that match, page by page, and counts them", async () => {
    const simulator = engageSimulator({ profiles, pageSize: 5 });
    const where = 'properties["odd"] == true and properties["n"] > 3';
    expect(await read(call(simulator, { where }))).toMatchObject({ total: 10 });
    expect(await exportIds(simulator, { where })).toEqual(["5", "7", "9", "11", "13", "15", "17", "19", "21", "23"]);
  });

  it("filters among ids, groups and properties that are asked for", async () => {
    const simulator = engageSimulator({ profiles, groups: { "7": profiles } });
    const where = 'properties["n"] > 3';
    const ids = '["9","2","4"]';
    expect(await exportIds(simulator, { where, distinct_ids: ids })).toEqual(["9", "4"]);
    expect(await exportIds(simulator, { where: 'properties["n"] == 3', data_group_id: "7" })).toEqual(["3"]);
    const page = await read(call(simulator, { where: 'properties["n"] == 3', output_properties: '["odd"]' }));
    expect(page.results).toEqual([{ $distinct_id: "3", $properties: { odd: true } }]);
  });

  it("that is empty brings everything", async () => {
    expect(await read(call(engageSimulator({ profiles }), { where: "" }))).toMatchObject({ total: 25 });
  });

  it("that is not understood is a 400, on every page", async () => {
    const simulator = engageSimulator({ profiles });
    const { status, error } = await refused(call(simulator, { where: "plan = 1" }));
    expect([status, error]).toEqual([
      400,
      "The simulator cannot understand `where`, there is no such sign as = at character 6: plan = 1",
    ]);
    expect(simulator.inFlight).toBe(0);
  });

  it("is checked and then ignored by a server that does not apply filters", async () => {
    const simulator = engageSimulator({ profiles, ignoreWhere: true });
    expect(await read(call(simulator, { where: "false" }))).toMatchObject({ total: 25 });
    expect((await call(simulator, { where: "nonsense" })).status).toBe(400);
  });

  it("of many profiles leaves other requests their turn", async () => {
    const simulator = engageSimulator({ profiles: 20_000 });
    const order: string[] = [];
    const slow = read(call(simulator, { where: "true" })).then(() => order.push("all"));
    await read(call(simulator, { page_size: "1" })).then(() => order.push("one"));
    await slow;
    expect(order).toEqual(["one", "all"]);
  });
});
