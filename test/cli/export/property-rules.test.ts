import { createHmac } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { run } from "../../helpers/cli-run.ts";
import { queryFile } from "../../helpers/database.ts";
import { type Answer, fakeEngage, onPage, pageResponse, serves } from "../../helpers/fake-engage.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const ENV = { MP_PROJECT_ID: "1", MP_USERNAME: "reader", MP_SECRET: "s3cret-enough", MP_HASH_KEY: "a key of ours" };
const SECRETS = ["$email", "u0024email", "ada@", "ADA@", "+4930", "a key of ours"];
const HASH = createHmac("sha256", ENV.MP_HASH_KEY).update("+4930123").digest("hex");
const RULES = ["--drop-properties", "$email", "--hash-properties", '["$phone"]'];

const profile = (index: number): string =>
  `{"$distinct_id":"${index}","$properties":{"$email":"ada@${index}", "plan" : "pro","\\u0024email":"ADA@","$phone":"+4930123"}}`;
const BROKEN = '{"$distinct_id":"broken","$properties":{"$email":"ada@broken","n":NaN}}';

const broken: Answer = onPage(2, () => pageResponse([profile(4), BROKEN], { page: 2, page_size: 2, total: 6 }));
const failing: Answer = onPage(1, () => new Response("", { status: 500 }));

interface Given {
  readonly cwd?: string;
  readonly answers?: readonly Answer[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Exports six profiles on three pages, of which one cannot be read. */
async function exported(args: readonly string[], { cwd = temporaryDirectory(), answers = [], env = ENV }: Given = {}) {
  const engage = fakeEngage(...answers, broken, serves(6, 2, profile));
  const outcome = await run([...args, "--rejects", "rejects.ndjson", "--max-retries", "0"], {
    cwd,
    env,
    fetch: engage.fetch,
  });
  return { ...outcome, cwd, requests: engage.calls.length };
}

/** The bytes of every file in a directory. */
function bytesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .map((name) => join(directory, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => {
      const bytes = readFileSync(path);
      return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
    });
}

const leaked = (texts: readonly string[]) => SECRETS.filter((secret) => texts.some((text) => text.includes(secret)));

describe("--drop-properties and --hash-properties", () => {
  test.each([
    ["standard output", []],
    ["raw lines", ["--raw"]],
    ["a file", ["--out", "a.ndjson"]],
    ["a compressed file", ["--out", "a.ndjson.gz", "--raw"]],
    ["a table", ["--out", "a.duckdb"]],
    ["part files", ["--out", "parts/"]],
  ])("leave nothing of what was dropped or hashed in any byte: %s", async (_, out) => {
    const { code, stdout, stderr, cwd } = await exported([...out, ...RULES]);
    expect(code).toBe(0);
    expect(leaked([stdout, stderr, ...bytesIn(cwd)])).toEqual([]);
    expect(readFileSync(join(cwd, "rejects.ndjson"), "utf8")).toMatch(/"distinct_id":"broken","bytes":null\}\n$/);
  });

  test("leave every other byte as it was sent", async () => {
    const { stdout } = await exported(RULES);
    expect(stdout.split("\n")[0]).toBe(
      `{"distinct_id":"0","last_seen":null,"properties":{"plan" : "pro","$phone":"${HASH}"}}`,
    );
    const raw = await exported([...RULES, "--raw"]);
    expect(raw.stdout.split("\n")[0]).toBe(`{"$distinct_id":"0","$properties":{"plan" : "pro","$phone":"${HASH}"}}`);
    const plain = await exported(["--raw"]);
    expect(plain.stdout.split("\n")[0]).toBe(profile(0));
  });

  test.each(["a.ndjson", "parts/", "a.duckdb"])(
    "are in no file that a resumed run goes by, and go on: %s",
    async (out) => {
      const args = ["--out", out, ...RULES];
      const { code, cwd, stderr } = await exported(args, { answers: [failing] });
      expect(code).toBe(1);
      expect(leaked(bytesIn(cwd))).toEqual([]);
      // The command to go on with repeats the arguments, and no value.
      expect(leaked([stderr])).toEqual(["$email"]);
      const resumed = await exported([...args, "--resume"], { cwd });
      expect([resumed.code, JSON.parse(resumed.stdout)]).toMatchObject([0, { total_rows: 5, complete: true }]);
      expect(leaked(bytesIn(cwd))).toEqual([]);
    },
  );

  test.each(["a.ndjson", "parts/", "a.duckdb"])(
    "are part of the query that a resumed run must repeat: %s",
    async (out) => {
      const args = ["--out", out, "--resume", ...RULES];
      const { cwd } = await exported(
        args.filter((arg) => arg !== "--resume"),
        { answers: [failing] },
      );
      const refused = async (changed: readonly string[], env: Readonly<Record<string, string>> = ENV) => {
        const { code, stderr, requests } = await exported(changed, { cwd, env });
        expect([code, requests]).toEqual([2, 0]);
        return stderr;
      };
      const start = "error: Cannot resume, the last export into this output was made with another ";
      const end = "; repeat its options or start over (see engage-export --help)\n";
      if (out !== "a.duckdb") expect(await refused([...args, "--raw"])).toBe(`${start}--raw${end}`);
      expect(await refused([...args, "--drop-properties", "plan"])).toBe(`${start}--drop-properties${end}`);
      expect(await refused(args.slice(0, -2))).toBe(`${start}--hash-properties and MP_HASH_KEY${end}`);
      expect(await refused(args, { ...ENV, MP_HASH_KEY: "k3y-of-others" })).toContain(`${start}MP_HASH_KEY; repeat`);
    },
  );

  test("change no dry run", async () => {
    const { code, stdout } = await exported([...RULES, "--dry-run"]);
    expect([code, JSON.parse(stdout)]).toEqual([0, { reported_total: 6, page_size: 2, total_pages: 3 }]);
  });

  test("fill the columns of a table", async () => {
    const { cwd } = await exported(["--out", "a.duckdb", ...RULES]);
    const rows = await queryFile(join(cwd, "a.duckdb"), "SELECT properties FROM profiles WHERE distinct_id = '0'");
    expect(rows).toEqual([{ properties: `{"plan" : "pro","$phone":"${HASH}"}` }]);
  });

  test.each([
    [
      ["--drop-properties", "$distinct_id"],
      '--drop-properties must not name what tells the profiles apart: "$distinct_id"',
    ],
    [["--drop-properties", "[]"], "--drop-properties must be a list of at least one name"],
    [
      ["--drop-properties", "a", "--hash-properties", "a"],
      '--hash-properties must not name a property that --drop-properties names too: "a"',
    ],
    [["--out", "a.duckdb", "--raw"], "--raw is for NDJSON"],
  ])("are refused before anything is requested if they cannot be meant: %j", async (args, problem) => {
    const { code, stderr, requests } = await exported(args);
    expect([code, requests]).toEqual([2, 0]);
    expect(stderr).toContain(problem);
  });

  test("need the key in the environment to hash", async () => {
    const { MP_HASH_KEY: _, ...env } = ENV;
    const { code, stderr, requests } = await exported(RULES, { env });
    expect([code, requests]).toEqual([2, 0]);
    expect(stderr).toMatch(/^error: --hash-properties needs the key of the hashes in the variable MP_HASH_KEY/);
  });
});
