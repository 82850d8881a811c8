import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { profileRow } from "../../src/page/profile-row.ts";
import { profilesOf, rowsOf } from "../helpers/page-results.ts";

const sent = '{"$distinct_id":"a","$properties":{"$last_seen":"t","plan":"free"}}';

describe("shownAs", () => {
  it("makes console.log show the fields of a row, sent or built", () => {
    const built = profileRow({ distinctId: "a", lastSeen: "t", properties: { plan: "free" } });
    for (const row of [...rowsOf(sent), built]) {
      expect(inspect(row)).toBe(`ProfileRow { distinctId: 'a', lastSeen: 't', propertiesJson: '{"plan":"free"}' }`);
    }
  });

  it("makes it show the text of a profile", () => {
    expect(inspect(profilesOf(sent)[0])).toBe(`EngageProfile {\n  json: '${sent}'\n}`);
  });

  it("cuts what is long", () => {
    const row = profileRow({
      distinctId: "i".repeat(2_000_000),
      lastSeen: null,
      properties: { pad: "p".repeat(5_000) },
    });
    const shown = inspect(row);
    expect(shown).toContain("i… (2,000,000 characters)");
    expect(shown).toContain("p… (5,010 characters)");
    expect(shown).toContain("lastSeen: null");
    expect(shown.length).toBeLessThan(600);
  });

  it("shows a row within something else as deep as it is asked to", () => {
    const [row] = rowsOf(sent);
    expect(inspect({ a: row })).toContain("distinctId: 'a'");
    expect(inspect({ a: { b: { c: row } } }, { depth: 2 })).toContain("[ProfileRow]");
  });

  it("shows the fields to who brings no way to show them", () => {
    const [row] = rowsOf(sent);
    const show: unknown = Reflect.get(Object(row), Symbol.for("nodejs.util.inspect.custom"));
    expect(Reflect.apply(show as () => string, row, [2, {}])).toBe(
      'ProfileRow {"distinctId":"a","lastSeen":"t","propertiesJson":"{\\"plan\\":\\"free\\"}"}',
    );
  });
});
