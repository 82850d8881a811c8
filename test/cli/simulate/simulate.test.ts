import { expect, test } from "vitest";
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

test("what it prints is all that an export needs", async () => {
  const { code } = await whileSimulating(["--profiles", "250", "--page-size", "100", "--jitter", "0"], async (env) => {
    const { code, stdout } = await run([], { env, fetch });
    expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 250]);
  });
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
      expect(stderr).toMatch(/^page 2: fetch failed after/m);
    },
  );
});

test.each([
  [["--port", "99999"], "--port"],
  [["--latency", "slow"], "--latency takes a number: slow"],
  [["--page-size", "0"], "--page-size"],
  [["--fault", "bogus"], "Cannot simulate that fault"],
  [["--fault", '{"page":1}'], "fault"],
])("wrong options are refused: %j", async (args, message) => {
  const { code, stdout, stderr } = await run(["simulate", ...args]);
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(message);
});
