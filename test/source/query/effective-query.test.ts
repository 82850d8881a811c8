import { describe, expect, it, vi } from "vitest";
import type { EffectiveQuery } from "../../../src/page/page-result.ts";
import { sameQuery } from "../../../src/page/same-query.ts";
import type { EngageFields } from "../../../src/source/query/engage-options.ts";
import { engageRequest } from "../../../src/source/query/engage-request.ts";
import { fakeTime, NOW } from "../../helpers/fake-time.ts";

fakeTime();

function request(options: Partial<EngageFields> = {}) {
  return engageRequest({ projectId: 1234567, ...options });
}

describe("the effective query", () => {
  it("holds what was asked for and nothing else, least of all the account", () => {
    expect(request().query).toEqual({ host: "https://mixpanel.com", projectId: "1234567" });
    expect(request({ cohortId: "7", limit: 3, baseUrl: "http://localhost:1/" }).query).toEqual({
      host: "http://localhost:1",
      projectId: "1234567",
      cohortId: 7,
      includeAllUsers: false,
      limit: 3,
    });
  });

  it("says what it chose by itself, which is not compared", () => {
    const first = request({ behaviors: [{}] }).query;
    expect(first).toMatchObject({ asOfTimestamp: Math.floor(NOW / 1000), chosen: ["asOfTimestamp"] });
    vi.setSystemTime(NOW + 3_600_000);
    const later = request({ behaviors: [{}] }).query;
    expect(later.asOfTimestamp).not.toBe(first.asOfTimestamp);
    expect(sameQuery(first, later)).toBe(true);
    const asked = request({ behaviors: [{}], asOfTimestamp: first.asOfTimestamp }).query;
    expect(asked.chosen).toBeUndefined();
    expect(sameQuery(first, asked)).toBe(false);
  });

  it("asks for the same with the filter of an update and without", () => {
    const update = request({ where: "true", updatedSince: "2026-11-26T00:00:00" }).query;
    expect(update).toMatchObject({ where: "true", updatedSince: "2026-11-26T00:00:00", chosen: ["updatedSince"] });
    expect(sameQuery(update, request({ where: "true" }).query)).toBe(true);
    expect(sameQuery(update, request().query)).toBe(false);
  });

  it("freezes the filter of an update for the runs that resume it", () => {
    const options = { projectId: 1, updatedSince: "2026-11-28T00:00:00" };
    const earlier = { updatedSince: "2026-11-26T00:00:00", chosen: ["updatedSince"] } as const;
    expect(engageRequest(options, { earlier }).query).toMatchObject(earlier);
    expect(engageRequest({ projectId: 1 }, { earlier }).query).toMatchObject(earlier);
    expect(engageRequest(options, { earlier: {} }).query.updatedSince).toBeUndefined();
  });

  it("takes over what the export that is resumed chose, and nothing that was asked for", () => {
    const chosen = { asOfTimestamp: 7, chosen: ["asOfTimestamp"] } as const;
    const options = { projectId: 1, behaviors: [{}] };
    expect(engageRequest(options, { earlier: chosen }).form.get("as_of_timestamp")).toBe("7");
    expect(engageRequest({ ...options, asOfTimestamp: 8 }, { earlier: chosen }).query.asOfTimestamp).toBe(8);
    expect(engageRequest(options, { earlier: { asOfTimestamp: 7 } }).query.asOfTimestamp).not.toBe(7);
    expect(engageRequest({ projectId: 1 }, { earlier: chosen }).query.asOfTimestamp).toBeUndefined();
  });

  it("is the same whatever order a database keeps members in, and compares those it does not know", () => {
    const one = { host: "h", projectId: "1", shape: { a: [1, { b: 2, c: 3 }] } } as EffectiveQuery;
    const other = { shape: { a: [1, { c: 3, b: 2 }] }, projectId: "1", host: "h" } as EffectiveQuery;
    expect(sameQuery(one, other)).toBe(true);
    expect(sameQuery(one, { host: "h", projectId: "1" })).toBe(false);
  });

  it("survives JSON", () => {
    const { query } = request({ where: "é", behaviors: [{ a: 1 }], outputProperties: ["a"], distinctIds: [1] });
    expect(sameQuery(query, JSON.parse(JSON.stringify(query)))).toBe(true);
  });

  it("is the same in any order of its members, absent ones and undefined ones alike", () => {
    const one: EffectiveQuery = { host: "h", projectId: "1", distinctId: "a", limit: 5 };
    const other: EffectiveQuery = { limit: 5, distinctId: "a", where: undefined, projectId: "1", host: "h" };
    expect(sameQuery(one, other)).toBe(true);
  });

  it.each<Partial<EngageFields>>([
    { projectId: 7 },
    { region: "eu" },
    { workspaceId: 1 },
    { where: "true" },
    { cohortId: 1 },
    { cohortId: 1, includeAllUsers: true },
    { outputProperties: ["a"] },
    { outputProperties: ["a", "b"] },
    { outputProperties: ["b", "a"] },
    { distinctId: "a" },
    { distinctIds: ["a"] },
    { distinctIds: [] },
    { groupId: "1" },
    { behaviors: [{}], asOfTimestamp: 1 },
    { behaviors: [{}], asOfTimestamp: 2 },
    { asOfTimestamp: 1 },
    { pageSize: 1 },
    { limit: 1 },
  ])("is another one with %j", (options) => {
    expect(sameQuery(request().query, request(options).query)).toBe(false);
    expect(sameQuery(request(options).query, request(options).query)).toBe(true);
    const all = request({ workspaceId: 9, where: "false", limit: 9, pageSize: 9, asOfTimestamp: 9 }).query;
    expect(sameQuery(all, request(options).query)).toBe(false);
  });
});
