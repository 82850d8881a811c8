import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { CapturedOutput, exportFrom } from "../../helpers/cli-run.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const COHORTS = [
  { id: 7, name: "Power users", where: 'properties["sessions"] > 2000' },
  { id: 1234567, name: "Zoë\u202e", count: 12_345 },
  { id: 8, name: "Twice" },
  { id: 9, name: "Twice" },
];

const simulated = () => smallSimulator({ cohorts: COHORTS });

describe("engage-export cohorts", () => {
  test("prints JSON in a pipe, by one query that it announces", async () => {
    const simulator = simulated();
    const { code, stdout, stderr } = await exportFrom(simulator, ["cohorts"]);
    expect([code, stderr]).toEqual([0, "one query lists the cohorts; Mixpanel counts it toward the 60 of an hour\n"]);
    expect(JSON.parse(stdout)).toEqual([
      { id: 7, name: "Power users", count: expect.any(Number) },
      { id: 1234567, name: "Zoë\u202e", count: 12_345 },
      { id: 8, name: "Twice", count: 450 },
      { id: 9, name: "Twice", count: 450 },
    ]);
    expect(simulator.requestCount).toBe(1);
  });

  test("prints an aligned table on a terminal", async () => {
    const stdout = new CapturedOutput(80);
    const { code, stderr } = await exportFrom(smallSimulator({ cohorts: COHORTS.slice(1) }), ["cohorts", "--quiet"], {
      stdout,
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.text.split("\n")).toEqual([
      "id       name       profiles",
      "───────  ─────────  ────────",
      "1234567  Zoë\\u202e    12,345",
      "8        Twice           450",
      "9        Twice           450",
      "",
    ]);
  });

  test("tells of its request with --verbose", async () => {
    const { stderr } = await exportFrom(simulated(), ["cohorts", "--verbose"]);
    expect(stderr).toMatch(/\n\/api\/query\/cohorts\/list: 200 after \d+\.\d\d s\n/);
  });

  test("prints none when there are none", async () => {
    expect(await exportFrom(smallSimulator({ cohorts: [] }), ["cohorts"])).toMatchObject({ code: 0, stdout: "[]\n" });
  });

  test("ends as an export does when Mixpanel refuses", async () => {
    const refused = await exportFrom(simulated(), ["cohorts"], { env: { MP_SECRET: "wrong-secret" } });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("project id  missing") });
    const { projectId, serviceAccount } = simulated();
    const env = { MP_PROJECT_ID: projectId, MP_USERNAME: serviceAccount.username, MP_SECRET: "wrong-secret" };
    const outcome = await exportFrom(simulated(), ["cohorts"], { env });
    expect(outcome).toMatchObject({ code: 3, stdout: "", stderr: expect.stringContaining("(the list of cohorts)") });
  });
});

describe("--cohort", () => {
  test("takes a name, which one query looks up", async () => {
    const simulator = simulated();
    const { code, stdout, stderr } = await exportFrom(simulator, ["--cohort", " Power users "]);
    const byNumber = await exportFrom(simulated(), ["--cohort", "7"]);
    expect([code, stdout]).toEqual([0, byNumber.stdout]);
    expect(stderr).toMatch(/^one query looks up the number of the cohort; .*: Power users\n/);
    expect(simulator.requests.at(-1)?.form).toMatchObject({ filter_by_cohort: '{"id":7}', include_all_users: "false" });
    expect(simulator.countedQueries).toBe(2);
  });

  test("looks nothing up for a number", async () => {
    const simulator = simulated();
    await exportFrom(simulator, ["--cohort", "7", "--include-all-users"]);
    expect(simulator.countedQueries).toBe(1);
  });

  test("takes a name for a check and a dry run too", async () => {
    for (const args of [["check"], ["--dry-run"]]) {
      const { code, stdout } = await exportFrom(simulated(), [...args, "--cohort", "Power users"]);
      expect(code).toBe(0);
      expect(JSON.parse(stdout).reported_total).toBeLessThan(450);
    }
  });

  test.each([
    [
      "Power user",
      "none has this name: Power user; did you mean Power users?\n        7  Power users\n  1234567  Zoë\\u202e\n",
    ],
    ["Everyone", "none has this name: Everyone\n        7  Power users\n"],
    ["Twice", "2 cohorts have this name, so --cohort must be the number of one: Twice\n  8  Twice\n  9  Twice\n"],
  ])("is refused after the look-up, with what there is, for %s", async (name, message) => {
    const cwd = temporaryDirectory();
    const simulator = simulated();
    const { code, stdout, stderr } = await exportFrom(simulator, ["--cohort", name, "--out", "a.ndjson"], { cwd });
    expect([code, stdout, stderr]).toEqual([
      2,
      "",
      expect.stringContaining(`error: Cannot find the cohort, ${message}`),
    ]);
    expect(simulator.requestCount).toBe(1);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("lists a hundred of very many cohorts", async () => {
    const cohorts = Array.from({ length: 130 }, (_, index) => ({ id: index + 1, name: `cohort ${index}\nof many` }));
    const { stderr } = await exportFrom(smallSimulator({ cohorts }), ["--cohort", "nobody here"]);
    expect(stderr).toContain("\n  100  cohort 99 of many\n  and 30 more, which engage-export cohorts lists\n");
  });

  test("lists as many of a list that is longer than a function's arguments", async () => {
    const list = Array.from({ length: 130_000 }, (_, index) => ({ id: index + 1, name: "" }));
    const fetch = async () => new Response(JSON.stringify(list));
    const { code, stderr } = await exportFrom(simulated(), ["--cohort", "nobody here"], { fetch });
    expect([code, stderr]).toEqual([2, expect.stringContaining("\n  and 129900 more, ")]);
  });

  test.each([
    [["--cohort", "0"], "--cohort must be a positive whole number: 0"],
    [["--cohort", "1.5"], "--cohort must be a positive whole number: 1.5"],
    [["--cohort", "Power users", "--limit", "0"], "--limit must be a whole number, 1 or more: 0"],
    [["--cohort", "Power users", "--behaviors", "[1]"], "--behaviors must not be given together with --cohort"],
  ])("is refused before anything is asked: %j", async (args, message) => {
    const simulator = simulated();
    const { code, stderr } = await exportFrom(simulator, args);
    expect([code, stderr, simulator.requestCount]).toEqual([2, expect.stringContaining(message), 0]);
  });
});
