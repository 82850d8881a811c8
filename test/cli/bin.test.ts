import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import type { FaultFunction } from "../../src/simulator.ts";
import { contentOf, smallSimulator, undisturbedFile, undisturbedLines } from "../helpers/cli-export.ts";
import { CLI, served, spawnCommand, spawnShell } from "../helpers/cli-spawn.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";

describe("the built command", () => {
  test("writes the same bytes with five workers and with one", async () => {
    const simulator = smallSimulator({ latency: 20, jitter: 0.5 });
    const env = await served(simulator);
    const outcomes = await Promise.all([
      spawnCommand([], { env }).ended,
      spawnCommand(["--workers", "1"], { env: await served(smallSimulator()) }).ended,
    ]);
    for (const { code, stdout, stderr } of outcomes) {
      expect([code, stderr]).toEqual([0, expect.stringMatching(/^450 profiles in 5 pages/)]);
      expect(stdout).toBe(await undisturbedLines());
    }
    expect(simulator.requests[0]?.page).toBe(0);
    expect(simulator.peakInFlight).toBeLessThanOrEqual(5);
  });

  test("ends quietly when the reader of its output has seen enough", async () => {
    const simulator = smallSimulator({ profiles: 6000, latency: 10 });
    const { code, stdout, stderr } = await spawnShell("set -o pipefail; $CLI | head -1", {
      env: await served(simulator),
    });
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`${(await undisturbedLines()).split("\n")[0]}\n`);
    expect(simulator.requestCount).toBeLessThan(60);
  });

  test.each(["a.ndjson", "a.ndjson.gz"])("does the same with a named pipe: %s", async (out) => {
    const env = await served(smallSimulator({ profiles: 20_000, pageSize: 1_000, concurrentQueries: 20 }));
    const line = `mkfifo ${out}; head -c 20 ${out} > read & $CLI --out ${out}`;
    const { code, stderr } = await spawnShell(line, { env, cwd: temporaryDirectory() });
    expect([code, stderr]).toEqual([0, ""]);
  });

  test("says that the disk is full, on standard output and in a file", async () => {
    const env = await served(smallSimulator());
    const full = await spawnShell("$CLI > /dev/full", { env });
    expect(full).toEqual({
      code: 1,
      stdout: "",
      stderr: "error: Cannot write profiles, the disk is full: standard output\n",
    });
    const cwd = temporaryDirectory();
    // In blocks of 1024 bytes; without the trap a signal would end the process first.
    const limited = await spawnShell("trap '' XFSZ; ulimit -f 200; $CLI --out a.ndjson", { env, cwd });
    expect(limited.code).toBe(1);
    expect(limited.stderr).toMatch(
      /^error: Cannot write profiles, it would be larger than .*: a\.ndjson\ngo on with: /,
    );
    expect(JSON.parse(limited.stdout)).toMatchObject({ successful_pages: 1, complete: false });
    expect((await spawnShell("$CLI --out a.ndjson --resume", { env, cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, "a.ndjson"), "utf8")).toBe(await undisturbedLines());
  });

  test("writes files for their owner alone", async () => {
    const cwd = temporaryDirectory();
    const env = await served(smallSimulator());
    const outs = ["a.ndjson", "a.ndjson.gz", "a.duckdb"];
    await Promise.all(outs.map((out) => spawnCommand(["--out", out], { env, cwd }).ended));
    expect(outs.map((out) => statSync(join(cwd, out)).mode & 0o777)).toEqual([0o600, 0o600, 0o600]);
  });

  test("refuses what it does not know, and requests nothing", async () => {
    const simulator = smallSimulator();
    const { code, stdout, stderr } = await spawnCommand(["--bogus"], { env: await served(simulator) }).ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe("error: There is no such option: --bogus (see engage-export --help)\n");
    expect(simulator.requestCount).toBe(0);
  });

  test("keeps the secret to itself when the account is refused", async () => {
    const simulator = smallSimulator();
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "secret"), "N0t-the/right one\n");
    const { code, stdout, stderr } = await spawnCommand(["--secret-file", "secret", "--verbose"], {
      env: await served(simulator),
      cwd,
    }).ended;
    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(/credentials.*project.*region/);
    const auth = btoa(`${simulator.serviceAccount.username}:N0t-the/right one`);
    for (const hidden of ["N0t-the/right one", auth]) expect(stderr).not.toContain(hidden);
    expect(simulator.requestCount).toBe(1);
  });

  test("reads the secret from standard input", async () => {
    const simulator = smallSimulator();
    const { MP_SECRET: secret = "", ...env } = await served(simulator);
    const { code } = await spawnCommand(["--secret-file", "-", "--dry-run"], { env, stdin: `${secret}\n` }).ended;
    expect(code).toBe(0);
  });
});

describe("a signal", () => {
  const hanging = () => smallSimulator({ profiles: 1200, faults: [{ page: 10, fault: { kind: "hang" } }] });

  test("ends the export, whatever is under way, ready to be resumed", async () => {
    const cwd = temporaryDirectory();
    const simulator = hanging();
    const env = await served(simulator);
    const { child, ended } = spawnCommand(["--out", "a.ndjson"], { env, cwd });
    while (!simulator.requests.some(({ page }) => page === 10)) await turn();
    child.kill("SIGINT");
    const { code, stdout, stderr } = await ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(/^error: interrupted.*\ngo on with: engage-export --resume --out a\.ndjson\n$/);
    expect(JSON.parse(stdout).complete).toBe(false);
    const resumed = await spawnShell(`$CLI ${/engage-export (.*)/.exec(stderr)?.[1]}`, { env, cwd });
    expect([resumed.code, JSON.parse(resumed.stdout).total_rows]).toEqual([0, 1200]);
    const undisturbed = await undisturbedFile("a.ndjson", { profiles: 1200 });
    expect(await contentOf(join(cwd, "a.ndjson"))).toEqual(await contentOf(undisturbed));
  });

  test("ends the export while a reader of its pipe has stopped reading", async () => {
    const simulator = smallSimulator({ profiles: 20_000, pageSize: 1_000, concurrentQueries: 20 });
    const env = { PATH: process.env.PATH, ...(await served(simulator)) };
    const child = spawn(process.execPath, [CLI], { env, stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    // Nobody reads; the pipe and the window behind it fill up, and the requests stop.
    while (simulator.requestCount < 5 || simulator.inFlight > 0) await turn();
    child.kill("SIGINT");
    const code = await new Promise((resolve) => child.on("exit", resolve));
    expect(code).toBe(130);
  });

  test.each(["a.ndjson", "a.ndjson.gz"])("ends the export while nobody reads its named pipe: %s", async (out) => {
    const cwd = temporaryDirectory();
    execFileSync("mkfifo", [join(cwd, out)]);
    const simulator = smallSimulator();
    const { child, ended } = spawnCommand(["--out", out], { env: await served(simulator), cwd });
    while (simulator.requestCount < 2 || simulator.inFlight > 0) await turn();
    child.kill("SIGINT");
    expect((await ended).code).toBe(130);
  });

  test("once more ends the command at once, also while a thread waits for a pipe", async () => {
    const cwd = temporaryDirectory();
    const secret = join(cwd, "secret");
    execFileSync("mkfifo", [secret]);
    const { child, ended } = spawnCommand(["--secret-file", secret], { cwd });
    const pipe = await open(secret, "w");
    onTestFinished(() => pipe.close());
    // More than a pipe holds: the command has read some of it, and waits for more.
    await pipe.write(" ".repeat(100_000));
    child.kill("SIGINT");
    await once(child.stderr ?? child, "data");
    while (child.kill("SIGINT")) await turn();
    expect((await ended).stderr).toBe("error: interrupted\n");
  });

  test("from a supervisor ends it in the same way", async () => {
    const simulator = hanging();
    const { child, ended } = spawnCommand([], { env: await served(simulator) });
    while (!simulator.requests.some(({ page }) => page === 10)) await turn();
    child.kill("SIGTERM");
    expect(await ended).toMatchObject({ code: 130, stderr: expect.stringMatching(/^error: interrupted[^\n]*\n$/) });
  });

  test("ends the simulator in good order", async () => {
    const { child, ended } = spawnCommand(["simulate", "--port", "0"]);
    child.stdout?.once("data", () => child.kill("SIGTERM"));
    expect(await ended).toMatchObject({ code: 0, stderr: "", stdout: expect.stringContaining("export MP_SECRET=") });
  });
});

test.each(["a.ndjson", "a.duckdb"])("an export that was killed is taken up where it was: %s", async (out) => {
  const cwd = temporaryDirectory();
  const options = { profiles: 1500, pageSize: 50, latency: 20 };
  let kill = () => {};
  const killAtPage: FaultFunction = ({ page, attempt }) => {
    // Page 25 is asked for when page 15 at least is on its way into the file.
    if (page === 25 && attempt === 1) kill();
    return undefined;
  };
  const simulator = smallSimulator({ ...options, faults: [killAtPage] });
  const env = await served(simulator);
  const args = ["--out", out, "--batch-size", "100"].slice(0, out.endsWith(".duckdb") ? 4 : 2);
  const { child, ended } = spawnCommand(args, { env, cwd });
  kill = () => child.kill("SIGKILL");
  expect((await ended).code).toBeNull();
  const killed = simulator.requestCount;
  const { code, stdout } = await spawnCommand([...args, "--resume"], { env, cwd }).ended;
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { total_rows: 1500, complete: true }]);
  expect(simulator.countedQueries).toBe(1);
  const again = simulator.requests
    .slice(killed)
    .map(({ page }) => page ?? -1)
    .sort((a, b) => a - b);
  expect(again.length).toBeLessThan(30);
  expect(again).toEqual(Array.from({ length: again.length }, (_, index) => 30 - again.length + index));
  expect(await contentOf(join(cwd, out))).toEqual(await contentOf(await undisturbedFile(out, options)));
  expect(readdirSync(cwd)).toEqual([out]);
});

/** Lets the server, which is in this process, have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
