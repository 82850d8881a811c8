import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type RunOutcome, run } from "../../helpers/cli-run.ts";
import { type FakeEngage, fakeEngage, serves } from "../../helpers/fake-engage.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const CONFIG = `
[active]
account = "team"
workspace = 3448414

[accounts.team]
type = "service_account"
region = "eu"
default_project = "11"
username = "team.sa"
secret = " 'team-secret' "

[accounts.other]
type = "service_account"
region = "in"
default_project = 22
username = "other.sa"
secret = "other-secret"

[accounts.sibling]
type = "service_account"
default_project = "11"
username = "sibling.sa"
secret = "sibling-secret"

[accounts.browser]
type = "oauth_browser"
region = "us"
default_project = "11"
`;

const ENVIRONMENT = { MP_PROJECT_ID: "99", MP_USERNAME: "env.sa", MP_SECRET: "env-secret", MP_REGION: "us" };

interface AccountRun {
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly mode?: number;
  readonly args?: readonly string[];
}

interface AccountOutcome extends RunOutcome {
  readonly engage: FakeEngage;
  readonly home: string;
  /** What was asked of Mixpanel: host, project, workspace, credentials. */
  readonly asked: readonly (string | null | undefined)[];
}

/** Runs an export with an account file in the home directory. */
async function exportAs(
  args: readonly string[],
  { config = CONFIG, env = {}, mode = 0o600 }: AccountRun = {},
): Promise<AccountOutcome> {
  const home = temporaryDirectory();
  mkdirSync(join(home, ".mp"));
  writeFileSync(join(home, ".mp", "config.toml"), config);
  chmodSync(join(home, ".mp", "config.toml"), mode);
  const engage = fakeEngage(serves(1));
  const outcome = await run(args, { env: { HOME: home, ...env }, fetch: engage.fetch });
  const [call] = engage.calls;
  const authorization = call?.headers.get("authorization")?.replace(/^Basic (.*)/, (__, token) => atob(token));
  const { hostname, searchParams } = call?.url ?? {};
  const asked = [hostname, searchParams?.get("project_id"), searchParams?.get("workspace_id"), authorization];
  return { ...outcome, engage, home, asked };
}

describe("an account of the account file", () => {
  test("is the active one when nothing else is given, and one line says so", async () => {
    const { code, stderr, asked } = await exportAs([]);
    expect([code, asked]).toEqual([0, ["eu.mixpanel.com", "11", "3448414", "team.sa:team-secret"]]);
    expect(stderr).toMatch(/^account team, project 11, region eu\n1 profile in 1 page/);
  });

  test("is the one that --account names", async () => {
    const { stderr, asked } = await exportAs(["--account", "other"], { env: ENVIRONMENT });
    expect(asked).toEqual(["in.mixpanel.com", "22", null, "other.sa:other-secret"]);
    expect(stderr).toMatch(/^account other, project 22, region in\n/);
  });

  test("is the one that MP_ACCOUNT names, of which the environment beats each value", async () => {
    const { asked } = await exportAs([], { env: { MP_ACCOUNT: ' "other" ', MP_REGION: "us" } });
    expect(asked).toEqual(["mixpanel.com", "22", null, "other.sa:other-secret"]);
  });

  test("gives way to flags, value by value", async () => {
    const { asked } = await exportAs(["--account", "other", "--project-id", "33", "--region", "us"]);
    expect(asked).toEqual(["mixpanel.com", "33", null, "other.sa:other-secret"]);
  });

  test("leaves to the environment what it does not have", async () => {
    const { asked } = await exportAs(["--account", "sibling"], { env: ENVIRONMENT });
    expect(asked).toEqual(["mixpanel.com", "11", "3448414", "sibling.sa:sibling-secret"]);
  });

  test("gives the project to credentials of the environment, and never half of the credentials", async () => {
    const project = await exportAs([], { env: { MP_USERNAME: "env.sa", MP_SECRET: "env-secret" } });
    expect(project.asked).toEqual(["eu.mixpanel.com", "11", "3448414", "env.sa:env-secret"]);
    expect(project.stderr).toMatch(/^account env\.sa, project 11, region eu\n/);
    const half = await exportAs([], { env: { MP_USERNAME: "env.sa" } });
    expect(half.asked).toEqual(["eu.mixpanel.com", "11", "3448414", "team.sa:team-secret"]);
    expect(half.stderr).toContain("warning: MP_USERNAME alone says too little");
  });

  test("is not looked for when nothing is missing, whatever the file is like", async () => {
    const { code, stderr, asked } = await exportAs([], { env: ENVIRONMENT, config: "not [toml", mode: 0o644 });
    expect([code, asked]).toEqual([0, ["mixpanel.com", "99", null, "env.sa:env-secret"]]);
    expect(stderr).toMatch(/^1 profile/);
  });

  test("keeps its workspace to its project", async () => {
    expect((await exportAs(["--project-id", "33"])).asked).toEqual([
      "eu.mixpanel.com",
      "33",
      null,
      "team.sa:team-secret",
    ]);
    expect((await exportAs(["--workspace-id", "5"])).asked).toEqual([
      "eu.mixpanel.com",
      "11",
      "5",
      "team.sa:team-secret",
    ]);
  });

  test("is read from the older form of the file", async () => {
    const config = `default = "old"\n[accounts.old]\nusername = "old.sa"\nsecret = "old-secret"\nproject_id = "44"\nregion = "in"\n`;
    const { asked } = await exportAs([], { config });
    expect(asked).toEqual(["in.mixpanel.com", "44", null, "old.sa:old-secret"]);
  });

  test("is read from the file that MP_CONFIG_PATH names", async () => {
    const home = temporaryDirectory();
    writeFileSync(join(home, "mine.toml"), CONFIG.replaceAll("team", "mine"), { mode: 0o600 });
    const env = { HOME: home, MP_CONFIG_PATH: "~/mine.toml" };
    const { code, stderr } = await run([], { env, fetch: fakeEngage(serves(1)).fetch });
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^account mine, project 11, region eu\n/)]);
  });

  test("says nothing of itself with --quiet", async () => {
    expect(await exportAs(["--quiet"], { mode: 0o644 })).toMatchObject({ code: 0, stderr: "" });
  });

  test("is never written", async () => {
    const { home } = await exportAs(["--account", "other"]);
    const path = join(home, ".mp", "config.toml");
    expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual([CONFIG, 0o600]);
  });
});

describe("a token", () => {
  const tokens = `[accounts.ci]
type = "oauth_token"
region = "eu"
default_project = "11"
token_env = "CI_TOKEN"
[accounts.written]
type = "oauth_token"
default_project = "11"
token = "written-token"
[accounts.browser]
type = "oauth_browser"
default_project = "11"
`;

  test.each([
    [["--account", "ci"], { CI_TOKEN: ' "ci-token"\r' }, ["eu.mixpanel.com", "11", null, "Bearer ci-token"]],
    [["--account", "written"], ENVIRONMENT, ["mixpanel.com", "11", null, "Bearer written-token"]],
    [[], { MP_OAUTH_TOKEN: "env-token", MP_PROJECT_ID: "5" }, ["mixpanel.com", "5", null, "Bearer env-token"]],
    [[], { ...ENVIRONMENT, MP_OAUTH_TOKEN: "env-token" }, ["mixpanel.com", "99", null, "env.sa:env-secret"]],
    [["--username", "me"], { ...ENVIRONMENT, MP_OAUTH_TOKEN: "t0ken" }, ["mixpanel.com", "99", null, "me:env-secret"]],
    [["--account", "browser"], { MP_OAUTH_TOKEN: "env-token" }, ["mixpanel.com", "11", null, "Bearer env-token"]],
    [[], { MP_ACCOUNT: "browser", MP_OAUTH_TOKEN: "env-token" }, ["mixpanel.com", "11", null, "Bearer env-token"]],
  ])("stands for username and secret: %j %j", async (args, env, expected) => {
    const { code, asked, stderr } = await exportAs(args, { env, config: tokens });
    expect([code, asked]).toEqual([0, expected]);
    expect(stderr).not.toMatch(/-token|t0ken/);
  });

  test.each([
    [
      ["--account", "ci"],
      {},
      "Cannot use the account, its token must be in the variable CI_TOKEN, which is not set: ci",
    ],
    [[], { MP_PROJECT_ID: "5", MP_OAUTH_TOKEN: "two words" }, "MP_OAUTH_TOKEN must be the token alone"],
  ])("that is not there, or is none, is refused: %j %j", async (args, env, message) => {
    const { code, stderr, engage } = await exportAs(args, { env, config: tokens });
    expect([code, stderr, engage.calls.length]).toEqual([2, expect.stringContaining(message), 0]);
  });

  test("that Mixpanel does not accept is exit 3, and is not shown", async () => {
    const { fetch } = fakeEngage(() => new Response("Bearer env-token is bad", { status: 401 }));
    const { code, stderr } = await run([], { env: { MP_PROJECT_ID: "5", MP_OAUTH_TOKEN: "env-token" }, fetch });
    expect(code).toBe(3);
    expect(stderr).not.toContain("env-token");
  });
});

describe("the account file", () => {
  test.each([0o640, 0o644, 0o604])("that others can read is a warning: %o", async (mode) => {
    const { code, stderr } = await exportAs([], { mode });
    expect(code).toBe(0);
    expect(stderr).toMatch(
      /^warning: The account file holds secrets and others can read it; close it with chmod 600: .*config\.toml\n/,
    );
  });

  test.each([
    [["--account", "teem"], {}, "Cannot find the account teem, ", "team, other, sibling, browser; did you mean team?"],
    [[], { env: { MP_ACCOUNT: "nobody" } }, "Cannot find the account nobody, ", "has: team, other, sibling, browser\n"],
    [["--account", "toString"], {}, "Cannot find the account toString, ", "has: team"],
    [["--account", "team"], { config: "" }, "Cannot find the account team, the file has none: "],
    [
      ["--account", "team"],
      { env: { MP_CONFIG_PATH: "/nowhere/x.toml" } },
      "the account team, there is no file: /nowhere/x.toml",
    ],
    [["--account", "team", "--username", "me"], {}, "--account and --username exclude each other"],
    [["--account", "team", "--secret-file", "-"], {}, "--account and --secret-file exclude each other"],
    [
      [],
      { config: 'a = 1\n[accounts.team]\nsecret = "hush-hush\n' },
      "Cannot read the account file, line 3 is no TOML: ",
    ],
    [[], { config: 'accounts = "hush-hush"' }, "Cannot read the account file, [accounts] must be a table: "],
    [
      [],
      { config: '[accounts]\nteam = "hush-hush"' },
      "Cannot read the account file, [accounts.team] must be a table: ",
    ],
    [[], { config: CONFIG.replace('username = "team.sa"', "") }, "Cannot use the account, it has no username: team"],
    [
      [],
      { config: CONFIG.replace('"service_account"', '"hush-hush"') },
      "Cannot use the account, its type must be service_account, oauth_token or oauth_browser: team",
    ],
    [[], { config: CONFIG.replace("default_project", "project") }, "project id  missing"],
    [[], { config: CONFIG.replace('"eu"', '"uk"') }, "region of account team must be one of us, eu, in: uk"],
    [["--username", "me"], {}, "secret      missing"],
  ])("is told in words what is wrong, without a value of it, exit 2: %j", async (args, options, ...messages) => {
    const { code, stdout, stderr, engage } = await exportAs(args, options);
    expect([code, stdout, engage.calls.length]).toEqual([2, "", 0]);
    for (const message of messages) expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/hush|secret"|-secret\b(?!-)/);
  });

  test("without an active account is named along with its accounts when something is missing", async () => {
    const { code, stderr } = await exportAs([], { config: CONFIG.replace('account = "team"', "") });
    expect(code).toBe(2);
    expect(stderr).toMatch(/--account NAME, or MP_ACCOUNT; .*config\.toml has team, other, sibling, browser\n$/);
  });

  test("that has an account with a token of a browser ends with exit 3 and the command to type", async () => {
    const { code, stderr } = await exportAs(["--account", "browser"], { env: ENVIRONMENT });
    expect([code, stderr]).toEqual([
      3,
      "error: Cannot use the account, its token comes from a browser and Mixpanel's own command keeps it: browser\n" +
        'get one with: export MP_OAUTH_TOKEN="$(mp account token browser)"\n',
    ]);
  });
});
