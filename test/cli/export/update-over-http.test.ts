import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { serveSimulator } from "../../../src/cli/simulate/serve-simulator.ts";
import { run, simulatorEnv } from "../../helpers/cli-run.ts";
import { queryFile } from "../../helpers/database.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";
import { HOUR, timedProject } from "../../helpers/updated-table.ts";

const PROFILES = 200_000;

/** The same request without its filter: what a server sees that does not know the expression. */
async function unfiltered(request: Request): Promise<Request> {
  const form = new URLSearchParams(await request.text());
  form.delete("where");
  return new Request(request.url, { method: request.method, headers: request.headers, body: form.toString() });
}

describe("--update over HTTP", () => {
  it("fetches 2,100 of 200,000 profiles by three requests, and notices when its filter is ignored", async () => {
    const { simulator, pass } = timedProject(PROFILES, { pageSize: 1_000 });
    let ignoresWhere = false;
    const server = await serveSimulator(
      async (request) => simulator(ignoresWhere ? await unfiltered(request) : request),
      { port: 0 },
    );
    onTestFinished(() => server.close());
    const cwd = temporaryDirectory();
    const path = join(cwd, "p.duckdb");
    const env = { ...simulatorEnv(simulator), MP_API_BASE_URL: server.url };
    const update = () => run(["--out", path, "--update"], { cwd, env, fetch: globalThis.fetch });
    const first = await update();
    expect(JSON.parse(first.stdout)).toMatchObject({ since: null, new_profiles: PROFILES });
    pass(HOUR);
    simulator.change({ changed: 2_000, deleted: 50, added: 100 });

    const [requests, counted] = [simulator.requestCount, simulator.countedQueries];
    const { code, stdout } = await update();
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      since: "2026-11-27T12:00:00.000Z",
      total_rows: 2_100,
      new_profiles: 100,
      changed_profiles: 2_000,
      unchanged_profiles: 0,
    });
    expect(simulator.requestCount - requests).toBe(3);
    expect(simulator.countedQueries - counted).toBe(1);
    const [row] = await queryFile(
      path,
      `SELECT count(*)::INTEGER AS rows, count(properties->'simulated_changes')::INTEGER AS changed FROM profiles`,
    );
    // Those that were deleted are there, since an update cannot see that.
    expect(row).toEqual({ rows: PROFILES + 100, changed: 2_000 });

    ignoresWhere = true;
    const { size } = statSync(path);
    const refused = await update();
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("so it did not apply the filter");
    expect(statSync(path).size).toBe(size);
    expect(await queryFile(path, "SELECT count(*)::INTEGER AS exports FROM _engage_exports")).toEqual([{ exports: 2 }]);
  });
});
