import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profileLines, profileTexts } from "../suite/profiles.ts";
import { type Simulated, simulated } from "../suite/simulated.ts";
import { rowsIn } from "./rows-in.ts";
import { runScript, type ScriptOptions } from "./run-script.ts";

const cli = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));
const profiles = profileTexts(450);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "engage-export-"));
});

afterAll(() => rm(directory, { recursive: true }));

/** Runs the command, against a simulator where there is one. */
function run(args: readonly string[], server?: Simulated, options: ScriptOptions = {}) {
  const { baseUrl, projectId, serviceAccount } = server?.account ?? {};
  const credentials = {
    MP_API_BASE_URL: baseUrl ?? "",
    MP_PROJECT_ID: projectId ?? "",
    MP_USERNAME: serviceAccount?.username ?? "",
    MP_SECRET: serviceAccount?.secret ?? "",
  };
  return runScript(cli, { args, ...options, env: { ...credentials, ...options.env } });
}

describe("the built command", () => {
  test("says its version and its options", async () => {
    expect(await run(["--version"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await run(["--help"])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining("--project-id"),
    });
  });

  test("writes NDJSON on stdout and nothing else", async () => {
    const server = await simulated({ profiles, pageSize: 100 });
    expect(await run([], server)).toMatchObject({ exitCode: 0, stdout: profileLines(0, 450) });
  });

  test("ends quietly when the reader of stdout goes away", async () => {
    const server = await simulated({ profiles: profileTexts(20_000), latency: 20 });
    const outcome = await run([], server, {
      whileRunning: (child) => void child.stdout?.once("data", () => child.stdout?.destroy()),
    });
    expect(outcome).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining("error") });
    await server.idle();
    expect((await server.pages()).length).toBeLessThan(20);
  });

  test("writes a file, gzipped where its name says so", async () => {
    const server = await simulated({ profiles, pageSize: 100 });
    const out = join(directory, "profiles.ndjson.gz");
    const { exitCode, stdout } = await run(["--out", out], server);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { total_rows: 450, complete: true }]);
    expect(gunzipSync(await readFile(out)).toString()).toBe(profileLines(0, 450));
  });

  test("writes a DuckDB table, and resumes it", async () => {
    const fault = { kind: "response", status: 503 } as const;
    const server = await simulated({ profiles, pageSize: 100, faults: [{ page: 2, times: 1, fault }] });
    const out = join(directory, "profiles.duckdb");
    const first = await run(["--out", out, "--max-retries", "0"], server);
    expect([first.exitCode, JSON.parse(first.stdout)]).toMatchObject([
      1,
      { total_rows: 350, failed_page_indices: [2] },
    ]);
    const second = await run(["--out", out, "--resume"], server);
    expect([second.exitCode, JSON.parse(second.stdout)]).toMatchObject([0, { total_rows: 450, complete: true }]);
    expect(await server.pages()).toHaveLength(6);
    expect(await rowsIn(out, "SELECT count(*) FROM profiles")).toEqual([[450n]]);
  });

  test("refuses what it does not know before anything is requested", async () => {
    const server = await simulated({ profiles });
    expect(await run(["--no-such-option"], server)).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await server.pages()).toEqual([]);
  });

  test("exits with 3 where the credentials are refused, and names no secret", async () => {
    const server = await simulated({ profiles });
    const outcome = await run([], server, { env: { MP_SECRET: "not-it-at-all" } });
    expect(outcome).toMatchObject({ exitCode: 3, stdout: "" });
    expect(outcome.stderr).not.toContain("not-it-at-all");
  });

  test("commits what it has when it is interrupted, and says how to go on", async () => {
    const server = await simulated({ profiles, pageSize: 100, faults: [{ page: 3, fault: { kind: "hang" } }] });
    const out = join(directory, "interrupted.duckdb");
    const outcome = await run(["--out", out], server, {
      async whileRunning({ pid }) {
        await server.faulted("hang");
        // Deno's `child.kill()` would tell of the signal, whatever the process exits with.
        process.kill(pid ?? 0, "SIGINT");
      },
    });
    expect(outcome).toMatchObject({ exitCode: 130, stderr: expect.stringContaining("--resume") });
    await server.idle();
    expect(await run(["--out", out, "--resume"], server)).toMatchObject({ exitCode: 0 });
    expect(await rowsIn(out, "SELECT count(*) FROM profiles")).toEqual([[450n]]);
  });
});
