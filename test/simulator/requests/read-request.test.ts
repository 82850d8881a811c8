import { describe, expect, it } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, refused } from "../../helpers/engage-call.ts";

describe("a bad query is refused with 400", () => {
  it.each([
    ["a cohort together with behaviors", { filter_by_cohort: '{"id":1}', behaviors: "[]" }],
    ["one id together with several", { distinct_id: "a", distinct_ids: '["b"]' }],
    ["a cohort id that is text", { filter_by_cohort: '{"id":"12345"}' }],
    ["a cohort that is no object", { filter_by_cohort: "12345" }],
    ["a cohort that is no JSON", { filter_by_cohort: "{id:1}" }],
    ["a page that is no integer", { page: "one" }],
    ["a page below 0", { page: "-1" }],
    ["a page size that is no integer", { page_size: "1e3" }],
    ["a page size of 0", { page_size: "0" }],
    ["ids that are no list", { distinct_ids: '"a"' }],
    ["properties that are no text", { output_properties: "[1]" }],
    ["behaviors that are no list", { behaviors: "{}" }],
    ["a timestamp that is no integer", { as_of_timestamp: "now" }],
    ["a group that is no integer", { data_group_id: "companies" }],
    ["a group beyond 64 bits", { data_group_id: "9223372036854775808" }],
    ["a flag that is neither true nor false", { filter_by_cohort: '{"id":1}', include_all_users: "yes" }],
  ])("%s", async (_, form: Record<string, string>) => {
    const simulator = engageSimulator();
    expect((await refused(call(simulator, form))).status).toBe(400);
    expect(simulator.inFlight).toBe(0);
  });

  it("a body of another type", async () => {
    const headers = { "Content-Type": "application/json" };
    expect((await refused(call(engageSimulator(), {}, { headers }))).status).toBe(400);
  });
});
