import { readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { smallSimulator } from "../../helpers/cli-export.ts";
import { exportFrom, run } from "../../helpers/cli-run.ts";
import { type Answer, fakeEngage, onPage, pageResponse, profile, serves } from "../../helpers/fake-engage.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const ENV = { MP_PROJECT_ID: "1", MP_USERNAME: "reader", MP_SECRET: "s3cret-enough" };
const BROKEN = '{"$distinct_id":"br\\u00f8ken","$properties":{"n":NaN}}';

/** Page 1 of three pages of two profiles holds a profile that cannot be read. */
const broken: Answer = onPage(1, () => pageResponse([profile(2), BROKEN], { page: 1, page_size: 2, total: 6 }));

const exported = (args: readonly string[], cwd: string, ...answers: Answer[]) => {
  const engage = fakeEngage(...answers, broken, serves(6));
  return run(args, { cwd, env: ENV, fetch: engage.fetch });
};

const lines = (cwd: string, file = "rejects.ndjson") =>
  readFileSync(join(cwd, file), "utf8")
    .trimEnd()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));

const REJECT = {
  page: 1,
  profile: 1,
  reason: expect.any(String),
  distinct_id: "brøken",
  bytes: Buffer.from(BROKEN).toString("base64"),
};

const REJECTS = ["--rejects", "rejects.ndjson"];

describe("--rejects", () => {
  test("takes profiles that cannot be read, and the export is complete", async () => {
    const cwd = temporaryDirectory();
    const without = await exported(["--out", "b.ndjson"], cwd);
    expect([without.code, JSON.parse(without.stdout)]).toMatchObject([1, { invalid_profiles: 1, complete: false }]);
    expect(without.stderr).toMatch(
      /\n--rejects FILE keeps the invalid profiles, and an export that kept them is complete\nevery page was read, so resuming cannot help[^\n]*\n$/,
    );
    const { code, stdout, stderr } = await exported(["--out", "a.ndjson", ...REJECTS], cwd);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      { total_rows: 5, invalid_profiles: 1, missing: 0, complete: true },
    ]);
    expect(lines(cwd)).toEqual([REJECT]);
    expect(stderr).toMatch(/^warning: Profile 1 on page 1 is invalid and was set aside: /);
    expect(statSync(join(cwd, "rejects.ndjson")).mode & 0o777).toBe(0o600);
  });

  test.each(["-", "/dev/stdout"])("refuses %s, since standard output holds profiles or the result", async (name) => {
    const cwd = temporaryDirectory();
    const { code, stderr } = await exported(["--out", "a.ndjson", "--rejects", name], cwd);
    expect([code, stderr]).toEqual([2, `error: --rejects must be a file: ${name} (see engage-export --help)\n`]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("takes them beside profiles on standard output", async () => {
    const cwd = temporaryDirectory();
    const { code, stdout } = await exported(REJECTS, cwd);
    expect([code, stdout.trimEnd().split("\n").length]).toEqual([0, 5]);
    expect(lines(cwd)).toEqual([REJECT]);
  });

  test("makes the file when there is nothing to take", async () => {
    const cwd = temporaryDirectory();
    await exportFrom(smallSimulator(), REJECTS, { cwd });
    expect(lines(cwd)).toEqual([]);
  });

  test("appends with --append and starts over with --replace", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "rejects.ndjson"), '{"old":true}');
    await exported(["--out", "a.ndjson", ...REJECTS, "--replace"], cwd);
    expect(lines(cwd)).toEqual([REJECT]);
    await exported(["--out", "a.ndjson", ...REJECTS, "--append"], cwd);
    expect(lines(cwd)).toEqual([REJECT, REJECT]);
  });

  test("follows a link to the file", async () => {
    const cwd = temporaryDirectory();
    symlinkSync("elsewhere.ndjson", join(cwd, "rejects.ndjson"));
    await exported(["--out", "a.ndjson", ...REJECTS], cwd);
    expect(lines(cwd, "elsewhere.ndjson")).toEqual([REJECT]);
  });

  test("keeps each profile once when the export is interrupted and resumed", async () => {
    const cwd = temporaryDirectory();
    const interruption = new AbortController();
    const args = ["--out", "a.ndjson", ...REJECTS, "--workers", "1"];
    const engage = fakeEngage(
      onPage(2, () => {
        interruption.abort(new Error("SIGINT"));
        return new Promise<Response>(() => {});
      }),
      broken,
      serves(6),
    );
    const first = await run(args, { cwd, env: ENV, fetch: engage.fetch, signals: interruption.signal });
    expect(first.code).toBe(130);
    // What a crash leaves that came after the line was written and before its page was.
    await exported(["--rejects", "line.ndjson"], cwd);
    writeFileSync(join(cwd, "rejects.ndjson"), readFileSync(join(cwd, "line.ndjson")));
    const second = await exported([...args, "--resume"], cwd);
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([0, { total_rows: 5, complete: true }]);
    expect(lines(cwd)).toEqual([REJECT]);
  });

  test("drops what it took when the session is lost and the export starts over", async () => {
    const cwd = temporaryDirectory();
    const lost = onPage(
      2,
      () => new Response('{"error":"request for page in uncached query for params"}', { status: 400 }),
      1,
    );
    const { code, stderr } = await exported(["--out", "a.ndjson", ...REJECTS], cwd, lost);
    expect([code, stderr]).toEqual([0, expect.stringContaining("the export starts over")]);
    expect(lines(cwd)).toEqual([REJECT]);
  });

  test.each<[readonly string[], string]>([
    [
      ["--out", "a.ndjson", "--rejects", "there.ndjson"],
      "the file exists; use --append or --replace, or choose another name: there.ndjson",
    ],
    [["--rejects", "there.ndjson"], "the file exists; move it away, or choose another name: there.ndjson"],
    [["--out", "a.ndjson", "--rejects", "./a.ndjson"], "--rejects must be another file than --out: ./a.ndjson"],
    [["--out", "a.ndjson", "--rejects", "no/where.ndjson"], "there is no such file or directory"],
    [["--out", "a.ndjson", "--rejects", "."], "it is a directory"],
    [["--rejects", ""], "The value of --rejects is empty"],
  ])("is refused before anything is requested or made: %j", async (args, message) => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "there.ndjson"), "mine\n");
    const engage = fakeEngage(serves(6));
    const { code, stdout, stderr } = await run(args, { cwd, env: ENV, fetch: engage.fetch });
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
    expect([engage.calls.length, readFileSync(join(cwd, "there.ndjson"), "utf8")]).toEqual([0, "mine\n"]);
  });
});
