import { describe, expect, test } from "vitest";
import { engageSimulator } from "../../src/simulator.ts";
import { listCohorts } from "../../src/source/list-cohorts.ts";
import { errorOf } from "../helpers/error-of.ts";
import { type Answer, fakeEngage, PROJECT } from "../helpers/fake-engage.ts";

const listed = (...cohorts: readonly unknown[]) => new Response(JSON.stringify(cohorts));
const quick = { ...PROJECT, maxRetries: 1 };

describe("listCohorts", () => {
  test("lists the cohorts of a project by one counted query", async () => {
    const cohorts = [
      { id: 7, name: "Power users", count: 12 },
      { id: 8, name: "Power users" },
    ];
    const simulator = engageSimulator({ profiles: 30, cohorts });
    const { projectId, serviceAccount } = simulator;
    expect(await listCohorts({ projectId, serviceAccount, fetch: simulator })).toEqual([
      { id: 7, name: "Power users", count: 12 },
      { id: 8, name: "Power users", count: 30 },
    ]);
    expect(simulator.countedQueries).toBe(1);
  });

  test("asks at the region's address, with project and workspace, and nothing of a query", async () => {
    const engage = fakeEngage(() => listed({ id: 1, name: "a" }));
    const options = { ...PROJECT, region: "eu", workspaceId: 9, where: "a", limit: 5, fetch: engage.fetch } as const;
    expect(await listCohorts(options)).toEqual([{ id: 1, name: "a", count: null }]);
    expect(engage.calls[0]?.url.href).toBe(
      "https://eu.mixpanel.com/api/query/cohorts/list?project_id=1234567&workspace_id=9",
    );
    expect(engage.calls[0]?.body).toBe("");
  });

  test("asks again after a failure and after a rate limit, as for a page", async () => {
    const answers = [
      new Response("away", { status: 503 }),
      new Response("{}", { status: 429, headers: { "Retry-After": "0.05" } }),
      listed(),
    ];
    const engage = fakeEngage(() => answers.shift());
    expect(await listCohorts({ ...quick, fetch: engage.fetch })).toEqual([]);
    expect(engage.calls).toHaveLength(3);
  });

  test.each<[string, Answer, string, string]>([
    ["no JSON", () => new Response("<html>"), "bad-response", "is no list of cohorts, it is no JSON"],
    ["no array", () => new Response('{"error":1}'), "bad-response", "is no list of cohorts, it is no array"],
    ["an entry without an id", () => listed({ name: "a" }), "bad-response", "an entry has no id or no name"],
    ["an entry that is null", () => listed(null), "bad-response", "an entry has no id or no name"],
    ["a refusal", () => new Response("{}", { status: 401 }), "unauthorized", "(the list of cohorts)"],
    ["a redirect", () => Response.redirect("https://elsewhere.example/"), "bad-request", "points elsewhere"],
  ])("says what came: %s", async (_, answer, code, message) => {
    const { fetch } = fakeEngage(answer);
    const error = await errorOf(() => listCohorts({ ...quick, fetch }));
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  test("ends with the signal's reason", async () => {
    const reason = new Error("enough");
    const { fetch, calls } = fakeEngage(() => listed());
    await expect(listCohorts({ ...PROJECT, fetch, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(calls).toHaveLength(0);
  });
});
