import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EngageSimulator, engageSimulator, type ProfileChanges } from "../../../src/simulator.ts";
import { call, exportIds, type Page, read } from "../../helpers/engage-call.ts";

const NOW = Date.UTC(2026, 10, 28, 12);
const SEEN = "2026-11-28T12:00:00";

const simulated = (profiles: number | readonly string[] = 500) =>
  engageSimulator({ profiles, now: NOW, hourlyQueries: Number.POSITIVE_INFINITY });

type Properties = { readonly $last_seen?: string; readonly simulated_changes?: number };

/** Every profile by its id, of which every digit is kept. */
async function profilesOf(simulator: EngageSimulator): Promise<Map<string, Properties>> {
  const text = await (await call(simulator, { page_size: "40000" })).text();
  const tokens = [...text.matchAll(/\{"\$distinct_id":("(?:[^"\\]|\\.)*"|\d+)/g)].map(([, token = ""]) => token);
  const { results } = JSON.parse(text) as Page;
  return new Map(
    results.map(({ $properties }, index) => {
      const token = tokens[index] ?? "";
      return [token.startsWith('"') ? JSON.parse(token) : token, $properties ?? {}];
    }),
  );
}

describe("change", () => {
  it("changes, deletes and adds as many as it is told, and says whose", async () => {
    const simulator = simulated();
    const before = await profilesOf(simulator);
    const { changed, deleted, added } = simulator.change({ changed: 20, deleted: 5, added: 7 });
    expect([changed.length, deleted.length, added.length]).toEqual([20, 5, 7]);
    expect(new Set([...changed, ...deleted, ...added]).size).toBe(32);
    const after = await profilesOf(simulator);
    expect(after.size).toBe(502);
    for (const id of deleted) expect([before.has(id), after.has(id)]).toEqual([true, false]);
    for (const id of added) expect([before.has(id), after.get(id)?.$last_seen]).toEqual([false, SEEN]);
    for (const id of changed) expect(after.get(id)).toMatchObject({ $last_seen: SEEN, simulated_changes: 1 });
    const others = [...after].filter(([id]) => !changed.includes(id) && !added.includes(id));
    for (const [id, profile] of others) expect(profile).toEqual(before.get(id));
  });

  it("is the same for the same seed, and another each time", () => {
    const twice = () => {
      const simulator = simulated();
      return [simulator.change({ changed: 5, added: 2 }), simulator.change({ changed: 5, added: 2 })];
    };
    const [first, second] = twice();
    expect(twice()).toEqual([first, second]);
    expect(second?.changed).not.toEqual(first?.changed);
    expect(second?.added).not.toEqual(first?.added);
  });

  it("takes ids, and profiles as JSON texts", async () => {
    const simulator = simulated([
      '{"$distinct_id":"a","$properties":{"n":1.0,"$last_seen":"x"}}',
      '{"$distinct_id":7}',
      '{"$distinct_id":"c"}',
    ]);
    const added = ['{"$distinct_id":"d","$properties":{"m":1E+2}}'];
    expect(simulator.change({ changed: ["a", "7"], deleted: ["c"], added })).toEqual({
      changed: ["a", "7"],
      deleted: ["c"],
      added: ["d"],
    });
    const text = await (await call(simulator)).text();
    expect(text.split('"results":')[1]).toBe(
      `[{"$distinct_id":"a","$properties":{"$last_seen":"${SEEN}","simulated_changes":1,"n":1.0}},` +
        `{"$distinct_id":7,"$properties":{"$last_seen":"${SEEN}","simulated_changes":1}},${added[0]}]}`,
    );
  });

  it("takes functions", async () => {
    const simulator = simulated([
      '{"$distinct_id":"a","$properties":{"n":1}}',
      '{"$distinct_id":"b","$properties":{"n":2}}',
      '{"$distinct_id":"c"}',
    ]);
    const changes: ProfileChanges = {
      changed: (json) => (json.includes('"n":1') ? json.replace('"n":1', '"n":10') : undefined),
      deleted: (json) => json.includes('"c"'),
    };
    expect(simulator.change(changes)).toEqual({ changed: ["a"], deleted: ["c"], added: [] });
    expect((await read(call(simulator))).results).toEqual([
      { $distinct_id: "a", $properties: { $last_seen: SEEN, n: 10 } },
      { $distinct_id: "b", $properties: { n: 2 } },
    ]);
  });

  it("can leave `$last_seen` alone, as edits in Mixpanel's pages do", async () => {
    const simulator = simulated();
    const before = await profilesOf(simulator);
    const { changed, added } = simulator.change({ changed: 3, added: 1, updateLastSeen: false });
    const after = await profilesOf(simulator);
    for (const id of changed) {
      expect(after.get(id)?.$last_seen).toBe(before.get(id)?.$last_seen);
      expect(after.get(id)?.simulated_changes).toBe(1);
    }
    expect(after.get(added[0] ?? "")?.$last_seen).not.toBe(SEEN);
  });

  it("is seen by a filter for what changed, and by queries for ids", async () => {
    const simulator = simulated();
    const { changed, deleted, added } = simulator.change({ changed: 4, deleted: 3, added: 2 });
    expect(
      new Set((await exportIds(simulator, { where: `properties["$last_seen"] >= "${SEEN}"` })).map(String)).size,
    ).toBe(6);
    const asked = [...changed, ...deleted, ...added];
    const found = await exportIds(simulator, { distinct_ids: JSON.stringify(asked), page_size: "1" });
    expect(found).toHaveLength(6);
  });

  it("leaves a session that has begun as it was", async () => {
    const simulator = engageSimulator({ profiles: 20, pageSize: 10 });
    const { session_id } = await read(call(simulator));
    const undisturbed = await read(call(engageSimulator({ profiles: 20, pageSize: 10 }), {}));
    simulator.change({ deleted: 15 });
    const second = await read(call(simulator, { page: "1", session_id }));
    expect([second.total, second.results.length]).toEqual([20, 10]);
    expect((await read(call(simulator))).total).toBe(5);
    expect(undisturbed.session_id).toBe(session_id);
  });

  it("changes the profiles of a group", async () => {
    const simulator = engageSimulator({ profiles: 3, groups: { "7": 3 } });
    simulator.change({ deleted: 1, groupId: "7" });
    expect((await read(call(simulator))).total).toBe(3);
    expect((await read(call(simulator, { data_group_id: "7" }))).total).toBe(2);
  });

  it("brings a profile back under an id that was deleted", async () => {
    const simulator = simulated(['{"$distinct_id":"a"}', '{"$distinct_id":"b"}']);
    simulator.change({ deleted: ["a"] });
    simulator.change({ added: ['{"$distinct_id":"a","$properties":{"new":true}}'] });
    expect((await read(call(simulator, { distinct_id: "a" }))).results).toEqual([
      { $distinct_id: "a", $properties: { new: true } },
    ]);
    expect(simulator.change({ deleted: ["a"] }).deleted).toEqual(["a"]);
    expect(await exportIds(simulator)).toEqual(["b"]);
  });

  it.each<[string, ProfileChanges]>([
    ["changed", { changed: -1 }],
    ["changed", { changed: 11 }],
    ["deleted", { deleted: 11 }],
    ["changed", { changed: 6, deleted: 5 }],
    ["deleted", { deleted: ["nobody"] }],
    ["changed", { changed: ["nobody"] }],
    ["changed", { changed: "a" as unknown as string[] }],
    ["changed", { changed: () => '{"$distinct_id":"other"}' }],
    ["deleted", { changed: ["a"], deleted: ["a"] }],
    ["added", { added: 0.5 }],
    ["added", { added: [{}] as unknown as string[] }],
    ["added", { added: ['{"$distinct_id":"a"}'] }],
    ["groupId", { groupId: "8" }],
    ["updateLastSeen", { updateLastSeen: 1 as unknown as boolean }],
    ["delete", { delete: 1 } as ProfileChanges],
    ["changes", null as unknown as ProfileChanges],
  ])("that makes no sense is a usage error that names it, and changes nothing: %s %j", async (option, changes) => {
    const simulator = simulated(Array.from("abcdefghij", (id) => `{"$distinct_id":"${id}"}`));
    const before = await profilesOf(simulator);
    expect(() => simulator.change(changes)).toThrow(expect.objectContaining({ code: "usage", option }));
    expect(await profilesOf(simulator)).toEqual(before);
  });

  it("ends in what the changes add up to, whatever came after what", async () => {
    const round = fc.record({ changed: fc.nat(5), deleted: fc.nat(5), added: fc.nat(5), updateLastSeen: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(round, { maxLength: 6 }), async (rounds) => {
        const simulator = simulated(40);
        const expected = new Set((await profilesOf(simulator)).keys());
        for (const changes of rounds) {
          const { deleted, added } = simulator.change(changes);
          for (const id of deleted) expect(expected.delete(id)).toBe(true);
          for (const id of added) expect(expected.has(id)).toBe(false);
          for (const id of added) expected.add(id);
        }
        expect(new Set((await profilesOf(simulator)).keys())).toEqual(expected);
        expect(await exportIds(simulator, { page_size: "7" })).toHaveLength(expected.size);
      }),
      { numRuns: 30 },
    );
  });
});

describe("now", () => {
  it("is the Date of every response", async () => {
    const simulator = engageSimulator({ now: NOW, faults: [{ page: 1, fault: { kind: "response", status: 503 } }] });
    const { session_id } = await read(call(simulator));
    const responses = [call(simulator), call(simulator, { page: "1", session_id }), call(simulator, { page: "x" })];
    for (const response of responses) {
      expect((await response).headers.get("Date")).toBe("Sat, 28 Nov 2026 12:00:00 GMT");
    }
  });

  it("can go on", async () => {
    let now = NOW;
    const simulator = engageSimulator({ now: () => now });
    now += 1_000;
    expect((await call(simulator)).headers.get("Date")).toBe("Sat, 28 Nov 2026 12:00:01 GMT");
  });

  it("leaves a Date alone that a fault sends", async () => {
    const headers = { Date: "Thu, 01 Jan 1970 00:00:00 GMT" };
    const simulator = engageSimulator({ faults: [{ fault: { kind: "response", headers } }] });
    expect((await call(simulator)).headers.get("Date")).toBe(headers.Date);
  });
});
