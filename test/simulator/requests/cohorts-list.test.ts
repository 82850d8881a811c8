import { describe, expect, it } from "vitest";
import { type EngageSimulator, engageSimulator } from "../../../src/simulator.ts";
import { call, read } from "../../helpers/engage-call.ts";

const URL_OF_LIST = "https://mixpanel.com/api/query/cohorts/list?project_id=1234567";

function list(simulator: EngageSimulator, method = "GET", url = URL_OF_LIST): Promise<Response> {
  return simulator(url, { method, headers: { Authorization: `Bearer ${simulator.token}` } });
}

const profiles = ["free", "team", "team"].map((plan, id) => `{"$distinct_id":${id},"$properties":{"plan":"${plan}"}}`);
const cohorts = [
  { id: 7, name: "Teams", description: "On team", where: 'properties["plan"] == "team"' },
  { id: 8, name: "Everybody" },
  { id: 9, name: "Companies", dataGroupId: "-5" },
  { id: 10, name: "Teams", count: 99 },
];

describe("cohortsList", () => {
  it.each(["GET", "POST"])(
    "says of each cohort its id, name and size, and in which group it is: %s",
    async (method) => {
      const simulator = engageSimulator({ profiles, cohorts, groups: { "-5": 4 } });
      const response = await list(simulator, method);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject([
        { id: 7, name: "Teams", count: 2, description: "On team", data_group_id: null, project_id: 1234567 },
        { id: 8, name: "Everybody", count: 3 },
        { id: 9, name: "Companies", count: 4, data_group_id: "-5" },
        { id: 10, name: "Teams", count: 99 },
      ]);
    },
  );

  it("counts one query, and is refused if the hour is used up", async () => {
    const simulator = engageSimulator({ profiles, hourlyQueries: 1 });
    await list(simulator);
    expect(simulator.countedQueries).toBe(1);
    expect((await list(simulator)).status).toBe(429);
    expect([simulator.inFlight, simulator.requests.length]).toEqual([0, 2]);
    expect(simulator.requests[0]).toMatchObject({ status: 200, page: undefined });
  });

  it("counts again after a change", async () => {
    const simulator = engageSimulator({ profiles, cohorts });
    const sizeOf = async () => ((await (await list(simulator)).json()) as { count: number }[])[0]?.count;
    expect(await sizeOf()).toBe(2);
    simulator.change({ deleted: ["1"] });
    expect(await sizeOf()).toBe(1);
  });

  it("has three cohorts if none are given, with somebody in each", async () => {
    const listed = (await (await list(engageSimulator({ profiles: 5_000 }))).json()) as {
      name: string;
      count: number;
    }[];
    expect(listed.map(({ name }) => name)).toEqual(["Paying customers", "Power users", "Unhappy promoters"]);
    for (const { count } of listed) expect(count).toBeGreaterThan(20);
  });

  it("waits for its latency and answers both paths, but no other method", async () => {
    const simulator = engageSimulator({ profiles, latency: 5 });
    const older = "https://mixpanel.com/api/2.0/cohorts/list?project_id=1234567";
    expect((await list(simulator, "GET", older)).status).toBe(200);
    expect(simulator.servedLatency).toBe(5);
    expect((await list(simulator, "DELETE")).status).toBe(404);
  });
});

describe("a query for a cohort", () => {
  it("brings those who are in it, and everybody for one that is not listed", async () => {
    const simulator = engageSimulator({ profiles, cohorts });
    const ids = async (id: number) => {
      const { results } = await read(call(simulator, { filter_by_cohort: `{"id":${id}}`, include_all_users: "false" }));
      return results.map(({ $distinct_id }) => $distinct_id);
    };
    expect(await ids(7)).toEqual([1, 2]);
    expect(await ids(8)).toEqual([0, 1, 2]);
    expect(await ids(77)).toEqual([0, 1, 2]);
  });
});
