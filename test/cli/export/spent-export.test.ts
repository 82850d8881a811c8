import { describe, expect, test } from "vitest";
import type { FaultRule } from "../../../src/simulator.ts";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { exportFrom } from "../../helpers/cli-run.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

// Exports of which every page was read, and which are not complete all the same.
const ALWAYS = { times: Number.POSITIVE_INFINITY };
const REASONS: readonly (readonly [string, readonly FaultRule[]])[] = [
  ["rows are missing", [{ page: 2, ...ALWAYS, fault: { kind: "short-page", rows: 40 } }]],
  [
    "a profile is invalid and nobody knows the total",
    [
      { page: 2, ...ALWAYS, fault: { kind: "invalid-profile" } },
      { page: "every", ...ALWAYS, fault: { kind: "fields", fields: { total: undefined } } },
    ],
  ],
];
const OUTPUTS = ["a.ndjson", "a.ndjson.gz", "parts/", "a.duckdb", "a.parquet"];
const CASES = OUTPUTS.flatMap((out) => REASONS.map(([reason, faults]) => [out, reason, faults] as const));

describe.each(CASES)("an export into %s in which %s", (out, reason, faults) => {
  test("says that resuming cannot help, and starts over with --replace --resume", async () => {
    const cwd = temporaryDirectory();
    const [healthy, broken] = [smallSimulator(), smallSimulator({ faults })];
    const run = (simulator: typeof healthy, ...flags: readonly string[]) =>
      exportFrom(simulator, ["--out", out, "--quiet", ...flags], { cwd });
    expect((await run(healthy)).code).toBe(0);
    const replaced = await run(broken, "--replace");
    expect([replaced.code, replaced.stderr]).toEqual([1, expect.stringContaining("resuming cannot help")]);
    expect(replaced.stderr).not.toContain("go on with");
    const { requestCount } = broken;
    const resumed = await run(broken, "--resume");
    // A compressed file is begun again, and without a total the next page may hold profiles.
    if (!out.endsWith(".gz") && reason === "rows are missing") expect(broken.requestCount).toBe(requestCount);
    expect([resumed.code, resumed.stderr]).toEqual([1, expect.stringMatching(/resuming cannot help/i)]);
    const anew = await run(healthy, "--replace", "--resume");
    expect([anew.code, JSON.parse(anew.stdout)]).toMatchObject([0, { total_rows: 450, complete: true }]);
  });
});
