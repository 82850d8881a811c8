import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { readSettings } from "../../../src/cli/accounts/settings.ts";
import { exportOptions } from "../../../src/cli/arguments/export-options.ts";
import { parseArguments } from "../../../src/cli/arguments/parse-arguments.ts";
import { profileOptions } from "../../../src/cli/arguments/profile-options.ts";
import { Messages } from "../../../src/cli/terminal/messages.ts";
import { Stderr } from "../../../src/cli/terminal/stderr.ts";
import { CapturedOutput } from "../../helpers/cli-run.ts";
import { errorOf } from "../../helpers/error-of.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const ACCOUNT_ENV = { MP_PROJECT_ID: "1", MP_USERNAME: "env-name", MP_SECRET: "env-secret" };

async function options(args: readonly string[], env: Record<string, string> = ACCOUNT_ENV, stdin = "", cwd = ".") {
  const signals = new AbortController().signal;
  const outputs = { stdout: new CapturedOutput(), stderr: new Stderr(new CapturedOutput()) };
  const given = parseArguments(args, exportOptions);
  const io = { args, env: { HOME: cwd, ...env }, cwd, stdin: Readable.from([stdin]), signals, ...outputs };
  const settings = await readSettings(given, io, new Messages(outputs.stderr, "normal"));
  return profileOptions(given, settings);
}

describe("profileOptions", () => {
  test("the account comes from the environment", async () => {
    expect(await options([])).toMatchObject({
      projectId: "1",
      serviceAccount: { username: "env-name", secret: "env-secret" },
    });
  });

  test("a flag beats the environment", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "secret"), "file-secret\n");
    const env = { ...ACCOUNT_ENV, MP_REGION: "eu", MP_API_BASE_URL: "https://env.example", MP_WORKSPACE_ID: "8" };
    expect(await options([], env)).toMatchObject({ region: "eu", baseUrl: "https://env.example", workspaceId: "8" });
    const flags = ["--project-id", "2", "--username", "flag-name", "--secret-file", "secret", "--region", "in"];
    const more = ["--base-url", "https://flag.example", "--workspace-id", "9"];
    expect(await options([...flags, ...more], env, "", directory)).toMatchObject({
      projectId: "2",
      serviceAccount: { username: "flag-name", secret: "file-secret" },
      region: "in",
      baseUrl: "https://flag.example",
      workspaceId: "9",
    });
  });

  test("an empty variable counts as one that is not set", async () => {
    expect(await options([], { ...ACCOUNT_ENV, MP_REGION: "", MP_API_BASE_URL: "" })).toMatchObject({
      region: undefined,
      baseUrl: undefined,
    });
  });

  test("the secret may come on standard input", async () => {
    expect(await options(["--secret-file", "-"], ACCOUNT_ENV, "piped-secret\r\n")).toMatchObject({
      serviceAccount: { secret: "piped-secret" },
    });
  });

  test.each([
    ["missing.txt", undefined, "Cannot read the secret, there is no such file or directory: missing.txt"],
    ["empty.txt", "\n", "Cannot read the secret, the file is empty: empty.txt"],
    ["two.txt", "a\nb\n", "Cannot read the secret, the file must hold it alone, on one line: two.txt"],
    [".", undefined, "Cannot read the secret, it is a directory: ."],
  ])("a secret that cannot be read is an error: %s", async (file, content, message) => {
    const directory = temporaryDirectory();
    if (content !== undefined) writeFileSync(join(directory, file), content);
    const error = await errorOf(() => options(["--secret-file", file], ACCOUNT_ENV, "", directory));
    expect([error.code, error.message]).toEqual(["usage", message]);
  });

  test("missing credentials are one error that lists all three and where they may come from", async () => {
    const { code, message } = await errorOf(() => options([], { MP_USERNAME: "somebody" }));
    expect(code).toBe("usage");
    expect(message).toMatch(/project id {2}missing {2}--project-id ID +or MP_PROJECT_ID/);
    expect(message).toMatch(/username {4}given {4}--username NAME +or MP_USERNAME/);
    expect(message).toMatch(/secret {6}missing {2}--secret-file FILE +or MP_SECRET/);
  });

  test("every option of the query arrives", async () => {
    const query = [
      "--where",
      'a == "+&=é"',
      "--cohort",
      "12345",
      "--include-all-users",
      "--group-id",
      "-1405123841946871899",
    ];
    const pages = [
      "--as-of-timestamp",
      "0",
      "--page-size",
      "500",
      "--limit",
      "7",
      "--workers",
      "2",
      "--max-retries",
      "0",
    ];
    const waits = ["--timeout", "1.5", "--max-wait", "60"];
    expect(await options([...query, ...pages, ...waits])).toMatchObject({
      where: 'a == "+&=é"',
      cohortId: "12345",
      includeAllUsers: true,
      groupId: "-1405123841946871899",
      asOfTimestamp: 0,
      pageSize: 500,
      limit: 7,
      concurrency: 2,
      maxRetries: 0,
      timeout: 1500,
      maxWait: 60_000,
    });
  });

  test.each([
    [["--output-properties", "$email", "--output-properties", "plan"], { outputProperties: ["$email", "plan"] }],
    [["--output-properties", '["$email", "plan"]'], { outputProperties: ["$email", "plan"] }],
    [["--distinct-id", "4"], { distinctId: "4" }],
    [["--distinct-id", "4", "--distinct-id", "5"], { distinctIds: ["4", "5"] }],
    [["--distinct-id", '["4", 5]', "--distinct-id", "6"], { distinctIds: ["4", "5", "6"] }],
    [["--distinct-id", "[]"], { distinctIds: [] }],
    [["--behaviors", '[{"id":9007199254740993}]'], { behaviors: '[{"id":9007199254740993}]' }],
    [["--behaviors", '{"a":1}', "--behaviors", '[{"b":2}]'], { behaviors: '[{"a":1},{"b":2}]' }],
  ])("lists are repeated or JSON: %j", async (args, expected) => {
    expect(await options(args)).toMatchObject(expected);
  });

  test.each([
    [["--limit", "many"], "--limit must be a whole number: many"],
    [["--page-size", "1.5"], "--page-size must be a whole number: 1.5"],
    [["--timeout", "-1"], "--timeout must be a number of seconds from 0 to 999,999,999: -1"],
    [["--max-wait", "9999999999"], "--max-wait must be a number of seconds from 0 to 999,999,999: 9999999999"],
    [["--limit", "99999999999999999999"], "--limit must be a smaller number: 99999999999999999999"],
    [["--distinct-id", "[1,"], "--distinct-id must be a JSON array of texts when it begins with [: [1,"],
    [
      ["--distinct-id", "[9007199254740993]"],
      "--distinct-id must be a JSON array of texts, in double quotes: 9007199254740992",
    ],
    [["--workers", "2", "--concurrency", "3"], "--workers and --concurrency are the same option: 3"],
  ])("a value that cannot be read is refused: %j", async (args, message) => {
    const error = await errorOf(() => options(args));
    expect([error.code, error.message]).toEqual(["usage", message]);
  });
});
