import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { version } from "../../package.json";
import { smallSimulator } from "../helpers/cli-export.ts";
import { exportFrom, run } from "../helpers/cli-run.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";

const ACCOUNT = { MP_PROJECT_ID: "1", MP_USERNAME: "reader", MP_SECRET: "s3cret-enough" };

describe("wrong usage", () => {
  test.each([
    [["--bogus"], "There is no such option: --bogus (see engage-export --help)"],
    [["--ouput", "a.db"], "There is no such option: --ouput; did you mean --out? (see engage-export --help)"],
    [["--where"], "--where needs a value (see engage-export --help)"],
    [["--limit", "many"], "--limit must be a whole number: many (see engage-export --help)"],
    [["demos"], "There is no such command: demos; did you mean demo? (see engage-export --help)"],
    [
      ["exprot"],
      "There is no such command: exprot; without a command engage-export exports (see engage-export --help)",
    ],
    [["demo", "--hlep"], "There is no such option: --hlep; did you mean --help? (see engage-export demo --help)"],
    [
      ["simulate", "here"],
      "Cannot make sense of a word that belongs to no option: here (see engage-export simulate --help)",
    ],
  ])("is one line on stderr and exit 2, nothing requested: %j", async (args, message) => {
    expect(await run(args, { env: ACCOUNT })).toEqual({ code: 2, stdout: "", stderr: `error: ${message}\n` });
  });

  test("of a word that is near to no command lists those there are", async () => {
    const { code, stderr } = await run(["everything"]);
    expect([code, stderr]).toEqual([2, expect.stringContaining("everything; the commands are demo, simulate")]);
  });

  test.each([
    [["--region", "uk"], "--region must be one of us, eu, in: uk"],
    [["--cohort", "-5"], "--cohort must be a positive whole number: -5"],
    [["--cohort", "1", "--behaviors", '[{"window":"90d"}]'], "--behaviors must not be given together with --cohort"],
    [["--include-all-users"], "--include-all-users must be given together with --cohort"],
    [["--workers", "0"], "--workers must be a whole number, 1 or more: 0"],
    [["--concurrency", "0"], "--workers must be a whole number, 1 or more: 0"],
    [["--project-id", "1.5"], "--project-id must be a positive whole number: 1.5"],
    [["--timeout", "0"], "--timeout must be more than 0 seconds: 0"],
    [["--group-id", "1.5"], "--group-id must be a signed 64-bit number: 1.5"],
    [["--page-size", "50000"], "--page-size must be a whole number from 1 to 40,000"],
    [["--base-url", "ftp://h"], "--base-url must be https"],
    [["--max-wait", "-1"], "--max-wait must be a number of seconds from 0 to 999,999,999: -1"],
    [["--max-retries", "-1"], "--max-retries must be a whole number, 0 or more: -1"],
    [["--as-of-timestamp", "-1"], "--as-of-timestamp must be a whole number of Unix seconds, 0 or more: -1"],
    [["--behaviors", "[]"], "--behaviors must be a list with at least one entry: []"],
    [["--append", "--replace"], "--append and --replace exclude each other (see engage-export --help)"],
    [["--quiet", "--verbose"], "--quiet and --verbose exclude each other"],
    [["--quiet", "--progress"], "--quiet and --progress exclude each other"],
    [["--output-properties", ""], "single quotes"],
    [["--out", "a.db", "--batch-size", "5"], "--batch-size must be a whole number from 100 to 100,000: 5"],
    [["--out", "a.db", "--append"], "Cannot append, there is no such file; "],
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
    expect(stderr).not.toMatch(/`|milliseconds/);
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
  expect(stdout).toContain("-o, --out FILE");
  expect(stdout).not.toContain("\u001b");
  expect(await run(["--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  expect((await run(["simulate", "-h"])).stdout).toContain("--fault");
  expect((await run(["demo", "-h"])).stdout).toContain("demo.duckdb");
});

describe("stderr", () => {
  test.each([
    ["an option", ["--bo\u001b[2Jgus"], "There is no such option: --bo\\x1b[2Jgus"],
    ["a command", ["\u202eexport"], "There is no such command: \\u202eexport"],
    ["a value", ["--where", "a", "--limit", "5\u009b"], "--limit must be a whole number: 5\\x9b"],
    ["a file", ["--out", "a\u0007.txt"], "a\\x07.txt"],
    ["a secret's file", ["--secret-file", "\u001b]0;x.txt"], "\\x1b]0;x.txt"],
  ])("shows what %s would do to a terminal, instead of doing it", async (_, args, shown) => {
    const { code, stderr } = await run(args, { env: ACCOUNT });
    expect([code, stderr]).toEqual([2, expect.stringContaining(shown)]);
  });

  test("shows what a server's words would do to a terminal", async () => {
    const fetch = async () => new Response("no \u001b]52;c;aGk=\u0007 such\u202e project", { status: 404 });
    const { code, stderr } = await run(["--out", "a.ndjson", "--verbose"], { env: ACCOUNT, fetch });
    expect(code).toBe(1);
    expect(stderr).toContain("no \\x1b]52;c;aGk=\\x07 such\\u202e project");
  });

  test.each([
    [{ MP_PROJECT_ID: ACCOUNT.MP_SECRET }, [], "MP_PROJECT_ID must be a positive whole number: ***"],
    [{ MP_REGION: ` '${ACCOUNT.MP_SECRET}' ` }, [], "MP_REGION must be one of us, eu, in: ***"],
    [{}, ["--workspace-id", ACCOUNT.MP_SECRET], "--workspace-id must be a positive whole number: ***"],
    [{}, [ACCOUNT.MP_SECRET], "There is no such command: ***"],
    [{ MP_SECRET: "" }, ["--secret-file", "-", "--project-id", "from-stdin"], "must be a positive whole number: ***"],
  ])("never shows a setting that equals the secret: %j %j", async (env, args, shown) => {
    const { code, stderr } = await run(args, { env: { ...ACCOUNT, ...env }, stdin: "from-stdin\r\n" });
    expect([code, stderr]).toEqual([2, expect.stringContaining(shown)]);
  });
});

test("white space and quotes around settings are cut wherever they come from", async () => {
  const { projectId, serviceAccount } = smallSimulator();
  const simulator = smallSimulator({ serviceAccount: { ...serviceAccount, secret: "s3 cret" } });
  const env = {
    MP_PROJECT_ID: ` "${projectId}" \r`,
    MP_USERNAME: `'${serviceAccount.username}'`,
    MP_REGION: "eu\r",
    MP_WORKSPACE_ID: "' '",
  };
  const args = ["--secret-file", "-", "--region", " in\n", "--limit", " 5 ", "--dry-run"];
  const outcome = await run(args, { env, stdin: "\uFEFF s3 cret \r\n", fetch: simulator });
  expect(outcome).toMatchObject({ code: 0, stderr: "" });
});
