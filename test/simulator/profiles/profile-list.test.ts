import { describe, expect, it } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, read } from "../../helpers/engage-call.ts";

describe("a query for", () => {
  it("ids brings them in the order asked for, each once, those unknown left out", async () => {
    const simulator = engageSimulator({
      profiles: ['{"$distinct_id":4}', '{"$distinct_id":"b\\u00e9"}', '{"$distinct_id":9007199254740993}'],
    });
    const answer = await read(call(simulator, { distinct_ids: '["bé","9007199254740993","none","bé","4"]' }));
    expect(answer.total).toBe(3);
    expect(answer.results.map(({ $distinct_id }) => String($distinct_id))).toEqual(["bé", "9007199254740992", "4"]);
    expect(await read(call(simulator, { distinct_id: "4" }))).toMatchObject({
      total: 1,
      results: [{ $distinct_id: 4 }],
    });
    expect(await read(call(simulator, { distinct_ids: "[]" }))).toMatchObject({ total: 0, results: [] });
  });

  it("some properties brings these as they are written, and the id", async () => {
    const profile =
      '{"$distinct_id":"a", "$properties":{"plan":"x","big":12345678901234567890,"n" : 1.0,"sp\\u0065nd":1E+2}}';
    const response = await call(engageSimulator({ profiles: [profile] }), { output_properties: '["n","big","spend"]' });
    const results = (await response.text()).split('"results":')[1];
    expect(results).toBe(
      '[{"$distinct_id":"a","$properties":{"big":12345678901234567890,"n":1.0,"sp\\u0065nd":1E+2}}]}',
    );
  });

  it("a group brings the profiles of that group", async () => {
    const groups = { "-1405123841946871899": 30, "7": ['{"$distinct_id":"acme"}'] };
    const simulator = engageSimulator({ groups, profiles: 20 });
    const totals = ["-1405123841946871899", "7", "8"].map(
      async (data_group_id) => (await read(call(simulator, { data_group_id }))).total,
    );
    expect(await Promise.all(totals)).toEqual([30, 1, 0]);
    const company = (await read(call(simulator, { data_group_id: "-1405123841946871899" }))).results[0];
    expect(company).not.toEqual((await read(call(simulator))).results[0]);
  });
});
