import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { version } from "../../package.json";
import { smallSimulator } from "../helpers/cli-export.ts";
import { exportFrom, run, temporaryDirectory } from "../helpers/cli-run.ts";

describe("wrong usage", () => {
  test.each([[["--bogus"]], [["--where"]], [["everything"]], [["demo", "--bogus"]], [["simulate", "here"]]])(
    "exits with 2 and the usage on stderr, nothing requested: %j",
    async (args) => {
      const { code, stdout, stderr } = await run(args);
      expect([code, stdout]).toEqual([2, ""]);
      expect(stderr).toContain("USAGE");
      expect(stderr).toMatch(/\nerror: [^\n]+\n$/);
      expect(stderr).not.toContain("\u001b");
    },
  );

  test.each([
    [["--region", "uk"], "us, eu or in"],
    [["--cohort", "abc"], "`cohortId` must be a positive whole number"],
    [["--cohort", "1", "--behaviors", '[{"window":"90d"}]'], "exclude each other"],
    [["--include-all-users"], "needs `cohortId`"],
    [["--workers", "0"], "`concurrency` must be a whole number from 1"],
    [["--project-id", "1.5"], "`projectId` must be a positive whole number"],
    [["--quiet", "--verbose"], "--quiet and --verbose exclude each other"],
    [["--quiet", "--progress"], "--quiet and --progress exclude each other"],
    [["--output-properties", ""], "single quotes"],
    [["--out", "a.db", "--batch-size", "5"], "from 100 to 100,000"],
  ])("exits with 2 before any request or file: %j", async (args, message) => {
    const cwd = temporaryDirectory();
    const simulator = smallSimulator();
    const { code, stdout, stderr } = await exportFrom(
      simulator,
      ["--out", "a.db", ...args].slice(args[0] === "--out" ? 2 : 0),
      { cwd },
    );
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toContain(message);
    expect(simulator.requestCount).toBe(0);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("exits with 2 where the credentials are missing", async () => {
    const { code, stderr } = await run([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/MP_PROJECT_ID.*MP_USERNAME.*MP_SECRET/s);
  });
});

test("--help and --version go to standard output", async () => {
  const { code, stdout, stderr } = await run(["--out", "a.db", "--help"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("-o, --out=<FILE>");
  expect(stdout).not.toContain("\u001b");
  expect(await run(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  expect((await run(["simulate", "-h"])).stdout).toContain("--fault");
  expect((await run(["demo", "-h"])).stdout).toContain("demo.duckdb");
});
