import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { exportFrom, run } from "../../helpers/cli-run.ts";
import { queryFile } from "../../helpers/database.ts";
import { settled } from "../../helpers/fake-time.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Runs the demo without its waits. */
async function quickly<T>(work: () => Promise<T>): Promise<T> {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let isDone = false;
  const running = work().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await settled();
    if (vi.getTimerCount() > 0) vi.advanceTimersToNextTimer();
  }
  vi.useRealTimers();
  return running;
}

describe("demo", () => {
  test("the demo exports, answers three questions and says what was saved, as often as it is run", async () => {
    const cwd = temporaryDirectory();
    for (const time of ["first", "second"]) {
      const { code, stdout, stderr } = await quickly(() => run(["demo"], { cwd }));
      expect([time, code]).toEqual([time, 0]);
      expect(stderr).toMatch(
        /^25,000 profiles in 25 pages written to .*demo\.duckdb, tables profiles and profiles_columns, in /,
      );
      expect(stdout.match(/^─+( {2}─+)+$/gm)).toHaveLength(3);
      expect(stdout).toContain(`SELECT plan, count(*) AS profiles, sum(mrr) AS "per month"`);
      expect(stdout).toMatch(/^plan {8}profiles {2}per month$/m);
      expect(stdout).toMatch(/25 requests took [\d.]+ s, five at a time; one at a time .* taken \d\.\d s\.\n$/);
    }
    const [{ n } = {}] = await queryFile(join(cwd, "demo.duckdb"), "SELECT count(*)::INT AS n FROM profiles");
    expect(n).toBe(25_000);
  }, 60_000);

  test.each([
    ["no database", (path: string) => writeFileSync(path, "precious")],
    [
      "another export",
      async (path: string) => {
        await exportFrom(smallSimulator(), ["--out", path, "--quiet"]);
      },
    ],
  ])("a demo.duckdb that is %s is refused and stays as it is", async (_, make) => {
    const cwd = temporaryDirectory();
    const path = join(cwd, "demo.duckdb");
    await make(path);
    const before = readFileSync(path);
    const { code, stdout, stderr } = await run(["demo"], { cwd });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: Cannot run the demo, the file /);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
