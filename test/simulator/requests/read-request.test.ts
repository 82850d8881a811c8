import { describe, expect, it } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, refused } from "../../helpers/engage-call.ts";

describe("credentials", () => {
  const basic = (text: string) => `Basic ${btoa(text)}`;

  it.each([
    ["none", {}],
    ["another secret", { Authorization: basic("simulator.1a2b3c.mp-service-account:wrong") }],
    ["another scheme", { Authorization: "Bearer simulated-secret" }],
  ])("that are wrong are refused with 401: %s", async (_, headers) => {
    const simulator = engageSimulator();
    const url = "https://mixpanel.com/api/query/engage?project_id=1234567";
    const answer = await refused(simulator(url, { method: "POST", headers: new Headers(headers), body: "" }));
    expect(answer.status).toBe(401);
    expect(simulator.countedQueries).toBe(0);
  });

  it("may hold a colon in the secret and characters of any script", async () => {
    const serviceAccount = { username: "müller", secret: "geheim:秘密" };
    const bytes = new TextEncoder().encode("müller:geheim:秘密");
    const Authorization = `basic ${btoa(String.fromCharCode(...bytes))}`;
    expect((await call(engageSimulator({ serviceAccount }), {}, { headers: { Authorization } })).status).toBe(200);
  });

  it.each([
    ["401 without a project", "/api/query/engage", 401],
    ["403 for another project", "/api/query/engage?project_id=1", 403],
    ["404 for another path", "/api/query/insights?project_id=1234567", 404],
    ["404 for a slash at the end", "/api/query/engage/?project_id=1234567", 404],
    ["200 for the older path", "/api/2.0/engage?project_id=1234567", 200],
  ])("and project and path: %s", async (_, path, status) => {
    expect((await call(engageSimulator(), {}, { url: `https://mixpanel.com${path}` })).status).toBe(status);
  });

  it("and the method must be POST", async () => {
    const response = await engageSimulator()("https://mixpanel.com/api/query/engage?project_id=1234567");
    expect(response.status).toBe(404);
  });
});

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
