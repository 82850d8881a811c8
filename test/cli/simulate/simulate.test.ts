import { describe, expect, test } from "vitest";
import { CapturedOutput, run } from "../../helpers/cli-run.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

/** Runs the simulator, uses it, and ends it. */
async function whileSimulating(
  args: readonly string[],
  use: (env: Record<string, string>) => Promise<void>,
): Promise<{ code: number; stderr: string }> {
  const end = new AbortController();
  const stdout = new CapturedOutput();
  const running = run(["simulate", "--port", "0", "--latency", "0", ...args], { stdout, signals: end.signal });
  while (!stdout.text.includes("engage-export --out")) await new Promise((resolve) => setImmediate(resolve));
  const env = Object.fromEntries(
    [...stdout.text.matchAll(/^export (\w+)=(\S+)$/gm)].map(([, name, value]) => [name, value]),
  );
  await use(env);
  end.abort();
  return running;
}

describe("simulate", () => {
  test("what it prints is all that an export needs", async () => {
    const { code } = await whileSimulating(
      ["--profiles", "250", "--page-size", "100", "--jitter", "0"],
      async (env) => {
        const { code, stdout } = await run([], { env, fetch });
        expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 250]);
      },
    );
    expect(code).toBe(0);
  });

  test("faults happen as they are asked for", async () => {
    await whileSimulating(
      ["--profiles", "30", "--page-size", "10", "--fault", "503@1", "--fault", "reset@2"],
      async (env) => {
        const cwd = temporaryDirectory();
        const { code, stderr } = await run(["--out", "a.ndjson", "--verbose"], { env, fetch, cwd });
        expect(code).toBe(0);
        expect(stderr).toMatch(/^page 1: 503 after/m);
        expect(stderr).toMatch(/^page 2: .*ECONNRESET after/m);
      },
    );
  });

  test("profiles change on demand, and a filter finds them or is ignored", async () => {
    for (const args of [[], ["--ignore-where"]]) {
      await whileSimulating(["--profiles", "300", ...args], async (env) => {
        const change = (body: string) => fetch(`${env.MP_API_BASE_URL}/simulator/changes`, { method: "POST", body });
        const changes = (await (await change('{"changed":20,"deleted":5,"added":7}')).json()) as Record<
          string,
          unknown[]
        >;
        expect(Object.entries(changes).map(([name, ids]) => [name, ids.length])).toEqual([
          ["changed", 20],
          ["deleted", 5],
          ["added", 7],
        ]);
        const changed = await run(["--where", 'properties["simulated_changes"] == 1'], { env, fetch });
        expect(changed.stdout.trimEnd().split("\n")).toHaveLength(args.length === 0 ? 20 : 302);
        for (const wrong of ['{"changed":1e9}', '{"change":1}', "{oops", "null"]) {
          const refusal = await change(wrong);
          expect([refusal.status, await refusal.json()]).toEqual([400, { error: expect.any(String) }]);
        }
        expect((await fetch(`${env.MP_API_BASE_URL}/simulator/changes`)).status).toBe(405);
      });
    }
  });

  test.each([
    ["2", [200, 200, 429]],
    ["1,3@1", [200, 200, 200]],
    ["1,2@1", [200, 200, 429]],
  ])("as many queries run at once as the option says: %s", async (limit, statuses) => {
    await whileSimulating(["--concurrent-queries", limit, "--fault", "stallxalways"], async (env) => {
      const found: number[] = [];
      for (const _ of statuses) {
        const authorization = `Basic ${btoa(`${env.MP_USERNAME}:${env.MP_SECRET}`)}`;
        const url = `${env.MP_API_BASE_URL}/api/query/engage?project_id=${env.MP_PROJECT_ID}`;
        const response = await fetch(url, { method: "POST", headers: { authorization }, body: new URLSearchParams() });
        found.push(response.status);
      }
      expect(found).toEqual(statuses);
    });
  });

  test.each([
    [["--port", "99999"], "--port"],
    [["--latency", "slow"], "--latency must be a number, 0 or more: slow"],
    [["--hourly-queries", "0"], "--hourly-queries must be a whole number, 1 or more: 0 (see"],
    [["--concurrent-queries", "0"], "--concurrent-queries must be a whole number, 1 or more: 0 (see"],
    [["--page-size", "0"], "--page-size"],
    [["--fault", "bogus"], "--fault takes KIND"],
    [["--fault", '{"page":1}'], `in --fault {"page":1}`],
    [["--concurrent-queries", "2,5@0"], "--concurrent-queries takes N or unlimited"],
  ])("wrong options are refused: %j", async (args, message) => {
    const { code, stdout, stderr } = await run(["simulate", ...args]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
  });
});
