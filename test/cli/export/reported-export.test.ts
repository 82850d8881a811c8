import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { FaultFunction } from "../../../src/simulator.ts";
import { contentOf, smallSimulator, undisturbedFile, undisturbedLines } from "../../helpers/cli-export.ts";
import { exportFrom } from "../../helpers/cli-run.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

describe("pages that fail", () => {
  const faults = [{ page: 2, times: 1, fault: { kind: "response", status: 503, body: "away\u001b[2J" } }] as const;
  const once = ["--max-retries", "0"];

  test.each(["a.ndjson", "a.duckdb"])("are listed, and fetched by --resume: %s", async (out) => {
    const cwd = temporaryDirectory();
    const simulator = smallSimulator({ faults });
    const first = await exportFrom(simulator, ["--out", out, ...once], { cwd });
    expect(first.code).toBe(1);
    expect(JSON.parse(first.stdout)).toMatchObject({
      total_rows: 350,
      failed_page_indices: [2],
      reported_total: 450,
      missing: 100,
      complete: false,
    });
    expect(first.stderr).toContain("1 page could not be read (page 2), the first because:");
    expect(first.stderr).toContain(`go on with: engage-export --resume --out ${out} --max-retries 0\n`);
    expect(first.stderr).not.toContain("\u001b");
    const second = await exportFrom(simulator, ["--out", out, ...once, "--resume"], { cwd });
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ total_rows: 450, failed_page_indices: [], complete: true });
    expect(simulator.requests.map(({ page }) => page)).toEqual([0, 1, 2, 3, 4, 2]);
    expect((await contentOf(join(cwd, out))).toSorted()).toEqual(
      (await contentOf(await undisturbedFile(out))).toSorted(),
    );
  });

  test("end the export at once with --on-failed-page stop", async () => {
    const cwd = temporaryDirectory();
    const args = ["--out", "a.ndjson", ...once, "--on-failed-page", "stop"];
    const { code, stdout, stderr } = await exportFrom(smallSimulator({ faults }), args, { cwd });
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ total_rows: 200, failed_page_indices: [2], complete: false });
    expect(stderr).toContain("go on with: engage-export --resume");
    expect(readFileSync(join(cwd, "a.ndjson.part"), "utf8")).toBe(
      `${(await undisturbedLines()).split("\n").slice(0, 200).join("\n")}\n`,
    );
  });

  test("leave the others on standard output", async () => {
    const { code, stdout, stderr } = await exportFrom(smallSimulator({ faults }), once);
    const all = (await undisturbedLines()).split("\n");
    expect([code, stdout]).toEqual([1, [...all.slice(0, 200), ...all.slice(300)].join("\n")]);
    expect(stderr).not.toContain("go on with");
  });

  test("are not the only thing that can be missing", async () => {
    const simulator = smallSimulator({ faults: [{ page: 4, times: 9, fault: { kind: "short-page", rows: 10 } }] });
    const { code, stdout, stderr } = await exportFrom(simulator, ["--quiet", "--out", "a.ndjson", ...once]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({ missing: 40, failed_pages: 0, complete: false });
    expect(stderr).toBe(
      "error: Mixpanel reported 450 profiles, 410 were written: 40 missing\nevery page was read, so resuming cannot help; export again\n",
    );
  });
});

test("how many requests run at a time is told with --verbose alone, where others use the project's slots too", async () => {
  const args = ["--out", "a.ndjson"];
  const simulator = () => smallSimulator({ profiles: 2000, concurrentQueries: 2, latency: 5 });
  const quiet = await exportFrom(simulator(), args);
  expect([quiet.code, quiet.stderr]).toEqual([0, expect.not.stringContaining("at a time")]);
  const { code, stderr } = await exportFrom(simulator(), [...args, "--verbose"]);
  expect(code).toBe(0);
  expect(stderr).toContain(
    "Mixpanel refused a query because too many run at once: at most 4 requests at a time, instead of 5\n",
  );
  expect(stderr).toContain("at most 2 requests at a time, instead of 3\n");
});

describe("a server that is lost", () => {
  test.each(["a.ndjson", "a.duckdb"])("ends the export, which --resume completes once it is back: %s", async (out) => {
    const cwd = temporaryDirectory();
    let isLost = true;
    const simulator = smallSimulator({
      profiles: 9000,
      faults: [({ page }) => (isLost && page >= 3 ? { kind: "response", status: 503 } : undefined)],
    });
    const args = ["--out", out, "--max-retries", "0"];
    const first = await exportFrom(simulator, args, { cwd });
    expect(first.code).toBe(1);
    expect(JSON.parse(first.stdout)).toMatchObject({ total_rows: 300, failed_pages: 20, complete: false });
    expect(first.stderr).toContain("error: 20 pages in a row failed, the last because: Mixpanel failed (page 22)");
    expect(first.stderr).toContain(`go on with: engage-export --resume --out ${out} --max-retries 0\n`);
    expect(simulator.requestCount).toBeLessThanOrEqual(23 + 10);
    expect(simulator.inFlight).toBe(0);
    isLost = false;
    const second = await exportFrom(simulator, [...args, "--resume"], { cwd });
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([0, { total_rows: 9000, complete: true }]);
    expect(simulator.countedQueries).toBe(1);
    expect((await contentOf(join(cwd, out))).toSorted()).toEqual(
      (await contentOf(await undisturbedFile(out, { profiles: 9000 }))).toSorted(),
    );
  });

  test("ends one onto standard output with what came before", async () => {
    const lost: FaultFunction = ({ page }) => (page > 0 ? { kind: "response", status: 503 } : undefined);
    const simulator = smallSimulator({ profiles: 9000, faults: [lost] });
    const { code, stdout, stderr } = await exportFrom(simulator, ["--max-retries", "0"]);
    expect([code, stdout.split("\n").length - 1]).toEqual([1, 100]);
    expect(stderr).toContain("20 pages in a row failed");
  });
});

describe("an export that is interrupted", () => {
  test.each(["a.ndjson", "a.duckdb"])("keeps its pages, says how to go on, and does: %s", async (out) => {
    const cwd = temporaryDirectory();
    const interruption = new AbortController();
    const simulator = smallSimulator({
      profiles: 2000,
      faults: [abortAt(interruption, 9)],
    });
    const args = ["--out", out, "--where", `properties["a"] != "it's"`];
    const first = await exportFrom(simulator, args, { cwd, signals: interruption.signal });
    expect(first.code).toBe(130);
    expect(simulator.inFlight).toBe(0);
    expect(first.stderr).toMatch(/^error: interrupted after [\d,]+ profiles in \d+ pages?\n/);
    expect(first.stderr).toContain(
      `go on with: engage-export --resume --out ${out} --where 'properties["a"] != "it'\\''s"'\n`,
    );
    const { table, successful_pages: kept, total_rows: rows, complete } = JSON.parse(first.stdout);
    expect(table).toBe(out === "a.duckdb" ? "profiles" : null);
    expect([kept > 0, rows, complete]).toEqual([true, kept * 100, false]);
    const requested = simulator.requestCount;
    const second = await exportFrom(simulator, ["--resume", ...args], { cwd });
    expect([second.code, JSON.parse(second.stdout)]).toMatchObject([0, { total_rows: 2000, complete: true }]);
    expect(simulator.requestCount - requested).toBe(20 - kept);
    expect(simulator.countedQueries).toBe(1);
    expect(await contentOf(join(cwd, out))).toEqual(await contentOf(await undisturbedFile(out, { profiles: 2000 })));
  });

  test("before its first page leaves nothing, and nothing to go on with", async () => {
    const cwd = temporaryDirectory();
    const interruption = new AbortController();
    const simulator = smallSimulator({ faults: [abortAt(interruption, 0)] });
    const { code, stderr } = await exportFrom(simulator, ["--out", "a.ndjson"], { cwd, signals: interruption.signal });
    expect([code, stderr]).toEqual([130, "error: interrupted\n"]);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("on standard output cannot be taken up", async () => {
    const interruption = new AbortController();
    const simulator = smallSimulator({
      faults: [abortAt(interruption, 3)],
    });
    const { code, stderr } = await exportFrom(simulator, [], { signals: interruption.signal });
    expect([code, stderr]).toEqual([130, expect.stringMatching(/^error: interrupted[^\n]*\n$/)]);
  });
});

test.each(["a.ndjson", "a.duckdb"])("another query is not taken up: %s", async (out) => {
  const cwd = temporaryDirectory();
  const simulator = smallSimulator({ faults: [{ page: 2, fault: { kind: "response", status: 503 } }] });
  await exportFrom(simulator, ["--out", out, "--max-retries", "0"], { cwd });
  const requested = simulator.requestCount;
  const { code, stdout, stderr } = await exportFrom(simulator, ["--out", out, "--resume", "--where", "true"], { cwd });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(
    "Cannot resume, the last export has another query, with another --where; repeat its options, or start over by --replace: --base-url",
  );
  expect(simulator.requestCount).toBe(requested);
  expect((await exportFrom(simulator, ["--out", out, "--resume"], { cwd })).code).toBe(0);
});

test.each(["a.ndjson", "a.ndjson.gz", "a.duckdb"])("a lost session leaves no trace: %s", async (out) => {
  const cwd = temporaryDirectory();
  const simulator = smallSimulator({ faults: [{ page: 3, fault: { kind: "lost-session" } }] });
  const { code, stdout, stderr } = await exportFrom(simulator, ["--out", out], { cwd });
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { total_rows: 450, complete: true }]);
  expect(stderr).toMatch(/^warning: .*the export starts over/);
  expect(await contentOf(join(cwd, out))).toEqual(await contentOf(await undisturbedFile(out)));
  expect(simulator.countedQueries).toBe(2);
});

test("a lost session ends an export to standard output", async () => {
  const simulator = smallSimulator({ faults: [{ page: 3, fault: { kind: "lost-session" } }] });
  const { code, stdout } = await exportFrom(simulator, []);
  expect(code).toBe(1);
  expect((await undisturbedLines()).startsWith(stdout)).toBe(true);
});

/** Interrupts the export when a page is asked for. */
function abortAt(interruption: AbortController, page: number): FaultFunction {
  return (request) => {
    if (request.page === page) interruption.abort(new Error("SIGINT"));
    return undefined;
  };
}

test("an interrupted export that was resumed counts the pages of both runs", async () => {
  const cwd = temporaryDirectory();
  const fault = { kind: "response", status: 401 } as const;
  const interruption = new AbortController();
  const simulator = smallSimulator({ faults: [{ page: 2, fault }, abortAt(interruption, 3)] });
  const args = ["--out", "a.duckdb", "--workers", "1"];
  expect((await exportFrom(simulator, args, { cwd })).code).toBe(3);
  const { code, stdout } = await exportFrom(simulator, [...args, "--resume"], { cwd, signals: interruption.signal });
  const { successful_pages: pages, total_rows: rows, complete } = JSON.parse(stdout);
  expect([code, rows, complete]).toEqual([130, pages * 100, false]);
  // Page 2 may be on its way when the next one is asked for.
  expect(pages).toBeGreaterThanOrEqual(2);
});
