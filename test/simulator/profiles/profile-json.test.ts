import { describe, expect, it } from "vitest";
import { generatedIndex, profileJson } from "../../../src/simulator/profiles/profile-json.ts";

interface Profile {
  readonly $distinct_id: string | number;
  readonly $properties?: Record<string, unknown> | null;
}

const TEXTS = Array.from({ length: 10_000 }, (_, index) => profileJson(1, index));
const PROFILES = TEXTS.map((text) => JSON.parse(text) as Profile);
const PROPERTIES = PROFILES.flatMap(({ $properties }) => ($properties ? [$properties] : []));

const some = (predicate: (text: string) => boolean) => TEXTS.filter(predicate).length;

describe("generated profiles", () => {
  it("are valid JSON, with an id each, no two alike", () => {
    const ids = TEXTS.map((text) => /^\{"\$distinct_id":("(?:[^"\\]|\\.)*"|\d+)/.exec(text)?.[1]);
    expect(ids).not.toContain(undefined);
    expect(new Set(ids).size).toBe(10_000);
    expect(new Set(PROFILES.map(({ $distinct_id }) => String($distinct_id))).size).toBeGreaterThan(9_900);
  });

  it("depend on seed and index alone", () => {
    expect(TEXTS.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => profileJson(1, index)));
    expect(profileJson(2, 0)).not.toBe(profileJson(1, 0));
    expect(profileJson(2 ** 32 + 1, 0)).not.toBe(profileJson(1, 0));
  });

  it("are of the size of real ones", () => {
    const bytes = TEXTS.reduce((sum, text) => sum + new TextEncoder().encode(text).length, 0) / TEXTS.length;
    const properties = PROPERTIES.reduce((sum, each) => sum + Object.keys(each).length, 0) / PROPERTIES.length;
    expect(bytes).toBeGreaterThan(1_100);
    expect(bytes).toBeLessThan(1_300);
    expect(properties).toBeGreaterThan(28);
    expect(properties).toBeLessThan(36);
  });

  it("hold what exporters stumble over", () => {
    for (const oddity of [
      '"score":1.0',
      "-0.0",
      "1E+2",
      '"<null>"',
      '"__proto__"',
      '"":',
      "\\u2014",
      "\\/",
      "\u2028",
    ]) {
      expect(
        some((text) => text.includes(oddity)),
        oddity,
      ).toBeGreaterThan(20);
    }
    expect(some((text) => /\{"\$distinct_id":\d{1,10},/.test(text))).toBeGreaterThan(500);
    expect(some((text) => /\{"\$distinct_id":\d{19},/.test(text))).toBeGreaterThan(300);
    expect(some((text) => /:\d{19}[,}]/.test(text))).toBeGreaterThan(9_000);
    expect(some((text) => /:\d{30}[,}]/.test(text))).toBeGreaterThan(100);
    expect(some((text) => /\p{Script=Han}|\p{Script=Cyrillic}|\p{Script=Arabic}/u.test(text))).toBeGreaterThan(1_000);
    expect(some((text) => /\p{Extended_Pictographic}/u.test(text))).toBeGreaterThan(1_000);
    // A lone surrogate would make every demonstration begin with a warning.
    expect(some((text) => /\p{Surrogate}/u.test(text) || /\\ud[89a-f]/i.test(text))).toBe(0);
  });

  it("rarely lack their properties, and now and then when they were last seen", () => {
    const withoutProperties = 10_000 - PROPERTIES.length;
    expect(withoutProperties).toBeGreaterThan(0);
    expect(withoutProperties).toBeLessThan(20);
    expect(PROFILES.some(({ $properties }) => $properties === null)).toBe(true);
    const unseen = PROPERTIES.filter((each) => !("$last_seen" in each)).length;
    expect(unseen).toBeGreaterThan(10);
    expect(unseen).toBeLessThan(50);
  });

  it("answer questions: plans cost what they should, dates are dates", () => {
    for (const { plan, spend, mrr, seats, signup_date, $created, $country_code } of PROPERTIES) {
      expect(["free", "team", "business", "enterprise"]).toContain(plan);
      expect(plan === "free" ? spend === 0 : Number(spend) >= Number(mrr) && Number(seats) > 0).toBe(true);
      expect(new Date(`${signup_date}T00:00:00Z`).toISOString()).toContain(signup_date);
      expect($created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/);
      expect($country_code).toMatch(/^[A-Z]{2}$/);
    }
  });

  it("are found again by their id, digit for digit", () => {
    TEXTS.forEach((text, index) => {
      const token = /^\{"\$distinct_id":("(?:[^"\\]|\\.)*"|\d+)/.exec(text)?.[1] ?? "";
      expect(generatedIndex(1, token.startsWith('"') ? JSON.parse(token) : token)).toBe(index);
    });
    for (const id of ["", "nobody", "1", "0000000000000000001", "u1.4@example.com"]) {
      const index = generatedIndex(1, id);
      expect(index === undefined || String(PROFILES[index]?.$distinct_id) === id).toBe(true);
    }
  });
});
