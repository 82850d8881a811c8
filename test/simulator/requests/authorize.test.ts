import { describe, expect, it } from "vitest";
import { engageSimulator } from "../../../src/simulator.ts";
import { call, refused } from "../../helpers/engage-call.ts";

describe("authorize", () => {
  const basic = (text: string) => `Basic ${btoa(text)}`;

  it.each([
    ["none", {}],
    ["another secret", { Authorization: basic("simulator.1a2b3c.mp-service-account:wrong") }],
    ["another scheme", { Authorization: "Bearer simulated-secret" }],
  ])("refuses wrong credentials with 401: %s", async (_, headers) => {
    const simulator = engageSimulator();
    const url = "https://mixpanel.com/api/query/engage?project_id=1234567";
    const answer = await refused(simulator(url, { method: "POST", headers: new Headers(headers), body: "" }));
    expect(answer.status).toBe(401);
    expect(simulator.countedQueries).toBe(0);
  });

  it("takes an account with a colon in the secret and characters of any script", async () => {
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
  ])("looks at project and path: %s", async (_, path, status) => {
    expect((await call(engageSimulator(), {}, { url: `https://mixpanel.com${path}` })).status).toBe(status);
  });

  it("refuses profiles by another method than POST", async () => {
    const response = await engageSimulator()("https://mixpanel.com/api/query/engage?project_id=1234567");
    expect(response.status).toBe(404);
  });

  it("takes a bearer token beside the account, with a project", async () => {
    const simulator = engageSimulator({ token: "t0ken" });
    const headers = { Authorization: "Bearer t0ken" };
    expect((await call(simulator, {}, { headers })).status).toBe(200);
    expect((await call(simulator)).status).toBe(200);
    expect((await call(simulator, {}, { headers, url: "https://mixpanel.com/api/query/engage" })).status).toBe(401);
    const refusal = await call(simulator, {}, { headers: { Authorization: "Bearer other" } });
    expect([refusal.status, refusal.headers.get("WWW-Authenticate")]).toEqual([401, 'Bearer realm="mixpanel"']);
  });

  it("asks for the token of the moment if it changes", async () => {
    let token = "first";
    const simulator = engageSimulator({ token: () => token });
    const statusOf = async (bearer: string) =>
      (await call(simulator, {}, { headers: { Authorization: `Bearer ${bearer}` } })).status;
    expect(await statusOf("first")).toBe(200);
    token = "second";
    expect(await Promise.all(["first", "second", simulator.token].map(statusOf))).toEqual([401, 200, 200]);
  });
});
