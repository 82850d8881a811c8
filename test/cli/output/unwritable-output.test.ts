import { existsSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { exportFrom, simulatorEnv } from "../../helpers/cli-run.ts";
import { spawnShell } from "../../helpers/cli-spawn.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const NAMES = ["a.duckdb", "a.ndjson", "a.ndjson.gz", "a.parquet", "a.csv", "parts/"];
const MISSING = /its directory is missing|there is no such file or directory/;
const NO_PERMISSION = /there is no permission|may not be written|the file system is read-only/;
const TOO_LONG = "n".repeat(256);

/** Where nothing can be written, what makes it so, and what the command says. */
const PLACES: readonly (readonly [string, (name: string) => string, RegExp, ((cwd: string) => void)?])[] = [
  ["a directory that is missing", (name) => `missing/${name}`, MISSING],
  [
    "a directory that is a file",
    (name) => `file/${name}`,
    /no directory/,
    (cwd) => writeFileSync(join(cwd, "file"), ""),
  ],
  // Not even root may make a file there.
  ["a directory in which none can be made", (name) => `/proc/none/${name}`, MISSING],
  ["a directory without the right to write", (name) => `/sys/${name}`, NO_PERMISSION],
  ["a name that is too long", (name) => `${TOO_LONG}${name}`, /the name is too long/],
  ["a directory whose name is too long", (name) => `${TOO_LONG}/${name}`, /the name is too long/],
  ["a name that leaves no room for what stands beside it", (name) => name.padStart(253, "n"), /the name is too long/],
  [
    "a link to itself",
    (name) => `loop/${name}`,
    /its links lead nowhere/,
    (cwd) => symlinkSync("loop", join(cwd, "loop")),
  ],
];
const CASES = PLACES.flatMap(([place, pathOf, said, make]) =>
  NAMES.map((name) => ({ name, place, out: pathOf(name), said, make })),
).filter(({ name, place }) => name !== "parts/" || !/missing|no room/.test(place));

describe("an output that cannot be written", () => {
  test.skipIf(!existsSync("/sys")).each(CASES)(
    "is refused in words before anything is requested: $name in $place",
    async ({ out, said, make }) => {
      const cwd = temporaryDirectory();
      make?.(cwd);
      const before = readdirSync(cwd);
      const simulator = smallSimulator();
      const { code, stdout, stderr } = await exportFrom(simulator, ["--out", out, "--quiet"], { cwd });
      expect([code, stdout, stderr]).toEqual([2, "", expect.stringMatching(said)]);
      expect(stderr).toMatch(/^error: [^\n]+\n$/);
      expect(stderr).not.toMatch(/\bE[A-Z]{4,}\b|IO Error|[0-9a-f]{8}-/);
      expect([simulator.requestCount, readdirSync(cwd)]).toEqual([0, before]);
    },
  );

  test.each(NAMES)("is refused so in a working directory that was removed: %s", async (name) => {
    const cwd = temporaryDirectory();
    const line = `mkdir gone; cd gone; rmdir ../gone; $CLI --out ${name} --quiet; echo $?; $CLI --out ${name} --rejects r.json`;
    const { stdout, stderr } = await spawnShell(line, { cwd, env: simulatorEnv(smallSimulator()) });
    expect(stdout).toBe("2\n");
    expect(stderr).toMatch(/^(error: Cannot write there, the working directory was removed: [^\n]+\n){2}$/);
  });
});
