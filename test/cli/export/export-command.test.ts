import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Writable } from "node:stream";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { profileJson } from "../../../src/simulator.ts";
import { contentOf, smallSimulator, undisturbedLines } from "../../helpers/cli-export.ts";
import { exportFrom } from "../../helpers/cli-run.ts";
import { queryFile } from "../../helpers/database.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

describe("standard output", () => {
  test("holds a line for each profile, in order, and nothing else", async () => {
    const { code, stdout, stderr } = await exportFrom(smallSimulator(), []);
    const ids = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).distinct_id);
    const served = Array.from(
      { length: 450 },
      (_, index) => /"\$distinct_id":("(?:[^"\\]|\\.)*"|\d+)/.exec(profileJson(1, index))?.[1],
    );
    expect(ids).toEqual(served.map((id) => (id?.startsWith('"') ? JSON.parse(id) : id)));
    expect(stderr).toMatch(/^450 profiles in 5 pages written to standard output, in \d+\.\d s\n$/);
    expect(code).toBe(0);
  });

  test("holds the same bytes with one worker", async () => {
    expect((await exportFrom(smallSimulator({ latency: 5, jitter: 1 }), ["--workers", "1"])).stdout).toBe(
      await undisturbedLines(),
    );
  });

  test("holds as many profiles as --limit says, from no more pages than needed", async () => {
    const simulator = smallSimulator();
    const { stdout } = await exportFrom(simulator, ["--limit", "101"]);
    expect(stdout).toBe(`${(await undisturbedLines()).split("\n").slice(0, 101).join("\n")}\n`);
    expect(simulator.requestCount).toBe(2);
  });

  test.each([
    ["nothing matches", { profiles: 0 }, []],
    ["no id is asked for", {}, ["--distinct-id", "[]"]],
  ])("holds nothing where %s", async (_, options, args) => {
    const { code, stdout } = await exportFrom(smallSimulator(options), args);
    expect([code, stdout]).toEqual([0, ""]);
  });

  test("that nobody reads any more ends the export quietly", async () => {
    const simulator = smallSimulator({ profiles: 5000 });
    const stdout = failingOutput("EPIPE");
    const { code, stderr } = await exportFrom(simulator, [], { stdout });
    expect([code, stderr]).toEqual([0, ""]);
    expect(simulator.requestCount).toBeLessThan(20);
    expect(simulator.inFlight).toBe(0);
  });

  test("that is a full disk ends the export with an error", async () => {
    const simulator = smallSimulator();
    const { code, stderr } = await exportFrom(simulator, [], { stdout: failingOutput("ENOSPC") });
    expect([code, stderr]).toEqual([1, "error: Cannot write profiles, the disk is full: standard output\n"]);
    expect(simulator.inFlight).toBe(0);
  });
});

describe("a file", () => {
  test("holds the same lines as standard output, which holds the result instead", async () => {
    const cwd = temporaryDirectory();
    const { code, stdout, stderr } = await exportFrom(smallSimulator(), ["--out", "a.ndjson"], { cwd });
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, "a.ndjson"), "utf8")).toBe(await undisturbedLines());
    expect(stdout.trimEnd().split("\n")).toHaveLength(1);
    expect(JSON.parse(stdout)).toEqual({
      table: null,
      total_rows: 450,
      successful_pages: 5,
      failed_pages: 0,
      failed_page_indices: [],
      duration_seconds: expect.any(Number),
      fetched_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      has_failures: false,
      reported_total: 450,
      duplicate_profiles: null,
      profiles_without_id: 0,
      invalid_profiles: 0,
      missing: 0,
      complete: true,
    });
    expect(stderr).toMatch(/^450 profiles in 5 pages written to .*a\.ndjson, in /);
    expect(readdirSync(cwd)).toEqual(["a.ndjson"]);
  });

  test("is compressed where its ending says so", async () => {
    const cwd = temporaryDirectory();
    await exportFrom(smallSimulator(), ["--out", "a.jsonl.gz"], { cwd });
    expect(gunzipSync(readFileSync(join(cwd, "a.jsonl.gz"))).toString()).toBe(await undisturbedLines());
  });

  test("that is a DuckDB database holds a table", async () => {
    const cwd = temporaryDirectory();
    const { code, stdout } = await exportFrom(smallSimulator(), ["--out", "a.db", "-n", "people"], { cwd });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      table: "people",
      total_rows: 450,
      duplicate_profiles: 0,
      complete: true,
    });
    expect(await queryFile(join(cwd, "a.db"), "SELECT count(*)::INT AS n FROM people")).toEqual([{ n: 450 }]);
  });

  test.each(["a.ndjson", "a.ndjson.gz", "a.duckdb"])("that is in the way is left alone: %s", async (out) => {
    const cwd = temporaryDirectory();
    await exportFrom(smallSimulator(), ["--out", out], { cwd });
    const before = readFileSync(join(cwd, out));
    const simulator = smallSimulator();
    const { code, stdout, stderr } = await exportFrom(simulator, ["--out", out], { cwd });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/^error: Cannot .*(append|replace)/);
    expect(simulator.requestCount).toBe(0);
    expect(readFileSync(join(cwd, out)).equals(before)).toBe(true);
  });

  test.each(["a.ndjson", "a.ndjson.gz", "a.duckdb"])(
    "in a directory that is missing is refused at once: %s",
    async (out) => {
      const simulator = smallSimulator();
      const { code, stderr } = await exportFrom(simulator, ["--out", join("missing", out)]);
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: .*(no such file or directory|directory is missing)/);
      expect(simulator.requestCount).toBe(0);
    },
  );

  test("gets more lines with --append", async () => {
    const cwd = temporaryDirectory();
    writeFileSync(join(cwd, "a.ndjson"), '{"mine":1}');
    const { code } = await exportFrom(smallSimulator(), ["--out", "a.ndjson", "--append"], { cwd });
    expect(code).toBe(0);
    expect(readFileSync(join(cwd, "a.ndjson"), "utf8")).toBe(`{"mine":1}\n${await undisturbedLines()}`);
  });

  test.each(["a.ndjson", "a.duckdb"])("is replaced when the export is complete, and not before: %s", async (out) => {
    const cwd = temporaryDirectory();
    await exportFrom(smallSimulator({ seed: 7 }), ["--out", out], { cwd });
    const old = await contentOf(join(cwd, out));
    const failing = smallSimulator({ faults: [{ page: 2, times: 1, fault: { kind: "response", status: 503 } }] });
    const args = ["--out", out, "--replace", "--max-retries", "0"];
    const first = await exportFrom(failing, args, { cwd });
    expect([first.code, await contentOf(join(cwd, out))]).toEqual([1, old]);
    expect(first.stderr).toContain(`go on with: engage-export --resume --out ${out} --replace --max-retries 0`);
    const second = await exportFrom(failing, [...args, "--resume"], { cwd });
    expect([second.code, JSON.parse(second.stdout).complete]).toEqual([0, true]);
    expect(await contentOf(join(cwd, out))).not.toEqual(old);
    expect(failing.requests.map(({ page }) => page)).toEqual([0, 1, 2, 3, 4, 2]);
    expect(readdirSync(cwd)).toEqual([out]);
  });
});

describe("an export that is refused", () => {
  test.each([
    [401, 3],
    [402, 3],
    [403, 3],
    [404, 1],
    [400, 1],
  ])("with %i exits with %i after one request and leaves no file", async (status, expected) => {
    const cwd = temporaryDirectory();
    const simulator = smallSimulator({ faults: [{ page: 0, fault: { kind: "response", status } }] });
    const { code, stdout, stderr } = await exportFrom(simulator, ["--out", "a.ndjson"], { cwd });
    expect(code).toBe(expected);
    expect(simulator.requestCount).toBe(1);
    expect(stderr).toMatch(/^error: /);
    expect(`${stdout}${stderr}`).not.toContain(simulator.serviceAccount.secret);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("by a rate limit longer than --max-wait exits with 4 and says when to come back", async () => {
    const fault = { kind: "rate-limit", shape: "window", seconds: 600 } as const;
    const simulator = smallSimulator({ faults: [{ page: 2, times: 9, fault }] });
    const { code, stdout, stderr } = await exportFrom(simulator, ["--out", "a.ndjson", "--max-wait", "1"]);
    expect(code).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ total_rows: 200, complete: false });
    expect(stderr).toMatch(/next slot is at \d{4}-\d\d-\d\dT/);
    expect(stderr).toContain("go on with: engage-export --resume --out a.ndjson --max-wait 1\n");
  });
});

test("--dry-run counts with one query and writes nothing", async () => {
  const cwd = temporaryDirectory();
  const simulator = smallSimulator();
  const { code, stdout } = await exportFrom(simulator, ["--dry-run", "--out", "a.duckdb"], { cwd });
  expect([code, JSON.parse(stdout)]).toEqual([0, { reported_total: 450, page_size: 100, total_pages: 5 }]);
  expect([simulator.requestCount, readdirSync(cwd)]).toEqual([1, []]);
  const limited = await exportFrom(smallSimulator(), ["--dry-run", "--limit", "101"]);
  expect(JSON.parse(limited.stdout)).toEqual({ reported_total: 450, page_size: 100, total_pages: 2 });
});

test("more workers than the API allows are capped, with a warning said once", async () => {
  const simulator = smallSimulator({ latency: 5 });
  const { code, stderr } = await exportFrom(simulator, ["--workers", "20"]);
  expect(code).toBe(0);
  expect(stderr.match(/warning: Concurrency is capped at 5/g)).toHaveLength(1);
  expect(simulator.peakInFlight).toBeLessThanOrEqual(5);
});

test("--quiet leaves stderr to errors", async () => {
  expect((await exportFrom(smallSimulator(), ["--workers", "20", "--quiet"])).stderr).toBe("");
});

test("--verbose tells of each page and each request", async () => {
  const simulator = smallSimulator({ faults: [{ page: 1, fault: { kind: "response", status: 503 } }] });
  const { stderr } = await exportFrom(simulator, ["--verbose"]);
  expect(stderr).toMatch(/^page 1: 503 after \d\.\d\d s$/m);
  expect(stderr).toMatch(/^page 1: 200 after \d\.\d\d s$/m);
  expect(stderr).toMatch(/^page 4: 50 profiles$/m);
});

/** An output whose every write but the first fails, as the system's would. */
function failingOutput(code: string): Writable {
  let writes = 0;
  return new Writable({
    write(_, __, done) {
      writes += 1;
      done(writes === 1 ? null : Object.assign(new Error(`write ${code}`), { code }));
    },
  });
}
