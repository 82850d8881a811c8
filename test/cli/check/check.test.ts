import { describe, expect, test, vi } from "vitest";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { CapturedOutput, type RunOptions, run, simulatorEnv } from "../../helpers/cli-run.ts";
import { fakeEngage, onPage, serves } from "../../helpers/fake-engage.ts";

const ENV = { MP_PROJECT_ID: "7", MP_USERNAME: "reader", MP_SECRET: "s3cret-enough" };

const refusing = (status: number, ...others: string[]) =>
  fakeEngage(({ url }) => (others.includes(url.hostname) ? undefined : new Response("{}", { status })), serves(5));

const check = (args: readonly string[], options: RunOptions = {}) => run(["check", ...args], { env: ENV, ...options });

describe("engage-export check", () => {
  test("says as JSON what an export would fetch, by one query that it announces", async () => {
    const simulator = smallSimulator();
    const { code, stdout, stderr } = await check([], { env: simulatorEnv(simulator), fetch: simulator });
    expect(JSON.parse(stdout)).toEqual({
      account: null,
      username: simulator.serviceAccount.username,
      project_id: simulator.projectId,
      workspace_id: null,
      host: "https://mixpanel.com",
      proxy: null,
      accepted: true,
      accepted_in: [],
      reported_total: 450,
      page_size: 100,
      total_pages: 5,
      estimated_seconds: expect.any(Number),
    });
    expect([code, stderr]).toEqual([
      0,
      "one query goes to https://mixpanel.com; Mixpanel counts it toward the 60 of an hour\n",
    ]);
    expect([simulator.requestCount, simulator.countedQueries]).toEqual([1, 1]);
  });

  test("shows a person the same in lines, with the proxy and without its credentials", async () => {
    const { fetch } = fakeEngage(serves(12_345, 1_000));
    const env = { ...ENV, MP_REGION: "eu", MP_WORKSPACE_ID: "9", HTTPS_PROXY: "http://me:hush@proxy:3128" };
    const stdout = new CapturedOutput(80);
    const { code, stderr } = await check(["--quiet"], { env, fetch, stdout });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.text.split("\n")).toEqual([
      "account   service account reader",
      "project   7, workspace 9",
      "host      https://eu.mixpanel.com",
      "proxy     http://proxy:3128",
      "accepted  yes",
      "profiles  12,345, in 13 pages of 1,000",
      expect.stringMatching(/^export {4}about \d+ s$/),
      "",
    ]);
  });

  test("asks what the export would ask", async () => {
    const engage = fakeEngage(serves(5));
    await check(["--where", "a", "--limit", "3", "--output-properties", "plan"], { fetch: engage.fetch });
    expect(Object.fromEntries(engage.calls[0]?.form ?? [])).toEqual({
      page: "0",
      where: "a",
      output_properties: '["plan"]',
    });
    const { stdout } = await check(["--limit", "3"], { fetch: engage.fetch });
    expect(JSON.parse(stdout)).toMatchObject({ reported_total: 5, total_pages: 2 });
  });

  test("says where refused credentials come from, exit 3", async () => {
    const { fetch, calls } = refusing(401);
    const { code, stdout, stderr } = await check(["--project-id", "8"], { fetch });
    expect([code, calls.length]).toEqual([3, 1]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: false, reported_total: null, estimated_seconds: null });
    expect(stderr.split("\n").slice(1)).toEqual([
      expect.stringMatching(/^error: Mixpanel does not accept the credentials/),
      expect.stringMatching(/^credentials: from MP_USERNAME and MP_SECRET; /),
      "project: 8 from --project-id; the service account must belong to it",
      "region: us, since nothing says another; engage-export check --all-regions asks the other two",
      "",
    ]);
  });

  test("finds the region that accepts the credentials when it is asked to, and is refused all the same", async () => {
    const { fetch, calls } = refusing(401, "in.mixpanel.com");
    const { code, stdout, stderr } = await check(["--all-regions"], { fetch });
    expect([code, calls.map(({ url }) => url.hostname)]).toEqual([
      3,
      ["mixpanel.com", "eu.mixpanel.com", "in.mixpanel.com"],
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ accepted: false, accepted_in: ["in"] });
    expect(stderr).toContain("another query goes to https://eu.mixpanel.com, which counts when it is accepted\n");
    expect(stderr).toContain("\nthe region in accepts them: use --region in, or MP_REGION=in\n");
  });

  test("asks no other region when none has to be looked for, or when none accepts", async () => {
    const accepted = fakeEngage(serves(5));
    await check(["--all-regions"], { fetch: accepted.fetch });
    expect(accepted.calls).toHaveLength(1);
    const { stderr } = await check(["--all-regions"], { fetch: refusing(401).fetch });
    expect(stderr).toContain("none of the three regions accepts them: it is not the region");
  });

  test.each([
    [402, 3, false, /^plan: it must have the Query API/m],
    [403, 3, false, /^role: the service account needs one that may query project 7/m],
    [429, 4, null, /^error: /m],
    [503, 1, null, /^error: Mixpanel failed/m],
  ])("explains an answer with status %d at once, exit %d", async (status, exit, accepted, words) => {
    const { fetch, calls } = refusing(status);
    const { code, stdout, stderr } = await check([], { fetch });
    expect([code, calls.length, JSON.parse(stdout).accepted]).toEqual([exit, 1, accepted]);
    expect(stderr).toMatch(words);
  });

  test("names the proxy when the connection fails", async () => {
    const env = { ...ENV, HTTPS_PROXY: "http://proxy:3128" };
    const { code, stderr } = await check([], { env, fetch: () => Promise.reject(new TypeError("fetch failed")) });
    expect(code).toBe(1);
    expect(stderr).toMatch(/fetch failed\nproxy: http:\/\/proxy:3128 comes from HTTPS_PROXY or HTTP_PROXY/);
  });

  test("asks once unless --max-retries says otherwise, as --help tells", async () => {
    const help = await check(["--help"]);
    expect(help.stdout).toMatch(/--max-retries N +Repeats of a page that fails \(default: 0\)/);
    const failing = onPage(0, () => new Response("{}", { status: 503 }));
    for (const [args, calls] of [
      [[], 1],
      [["--max-retries", "1"], 2],
    ] as const) {
      const engage = fakeEngage(failing);
      await check([...args], { fetch: engage.fetch });
      expect(engage.calls).toHaveLength(calls);
    }
  });

  test("says after ten seconds that it still waits", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stderr = new CapturedOutput();
    const late = onPage(
      0,
      () => new Promise((resolve) => setTimeout(() => resolve(new Response("{}", { status: 403 })), 30_000)),
    );
    const { fetch, calls } = fakeEngage(late);
    const checked = check([], { fetch, stderr });
    await vi.waitUntil(() => calls.length === 1);
    await vi.advanceTimersByTimeAsync(9_000);
    expect(stderr.text).not.toContain("no answer yet");
    await vi.advanceTimersByTimeAsync(2_000);
    expect(stderr.text).toContain("no answer yet: the first page of a large project may take minutes\n");
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await checked).code).toBe(3);
    vi.useRealTimers();
  });

  test.each([
    [["--out", "a.db"], "There is no such option: --out"],
    [["--all-regions", "--base-url", "http://localhost:1"], "--all-regions and --base-url exclude each other"],
    [["--cohort", "0"], "--cohort must be a positive whole number: 0 (see engage-export check --help)"],
  ])("refuses what makes no sense, exit 2 and nothing asked: %j", async (args, message) => {
    const { code, stdout, stderr } = await check(args);
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
  });
});
