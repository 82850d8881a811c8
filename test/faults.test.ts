import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { main } from "../src/cli/main.ts";
import { engageSimulator, type Fault, type FaultRule } from "../src/simulator.ts";

// Whether the parts are wired together: every fault once, on one kind of page and into one kind of output, and every pair of
// those, through the whole command in one process. What each fault does to each page is tested in test/source/. Time is
// faked, so that an hour's wait takes none.

const PROFILES = 230;
const PAGE_SIZE = 50;
const LAST_PAGE = 4;
const PAGES = LAST_PAGE + 1;
const account = { username: "reader.1a2b3c", secret: "hush-hush-hush" };
const env = { MP_PROJECT_ID: "1234567", MP_USERNAME: account.username, MP_SECRET: account.secret };

let cwd = "";
// Such as that of a leak of listeners, which Node prints among our own messages.
const warnings: Error[] = [];
process.on("warning", (warning) => warnings.push(warning));

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"] });
  cwd = await mkdtemp(join(tmpdir(), "engage-faults-"));
});

afterEach(async () => {
  vi.useRealTimers();
  await rm(cwd, { recursive: true });
});

interface Outcome {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly requests: number;
  /** Requests for each page. */
  readonly asked: readonly number[];
  readonly peak: number;
}

async function run(args: readonly string[], rules: readonly FaultRule[]): Promise<Outcome> {
  const simulator = engageSimulator({ profiles: PROFILES, serviceAccount: account, faults: rules });
  const [stdout, stderr] = [collector(), collector()];
  const exit = await inFakeTime(
    main({
      args: ["--page-size", String(PAGE_SIZE), ...args],
      env,
      stdin: new PassThrough(),
      stdout: stdout.stream,
      stderr: stderr.stream,
      signals: new AbortController().signal,
      fetch: simulator,
      cwd,
    }),
  );
  const asked = Array.from(
    { length: PAGES },
    (_, page) => simulator.requests.filter((each) => each.page === page).length,
  );
  expect(simulator.inFlight).toBe(0);
  expect(warnings).toEqual([]);
  await expectNoSecret(stdout.text() + stderr.text());
  return {
    exit,
    stdout: stdout.text(),
    stderr: stderr.text(),
    requests: simulator.requestCount,
    asked,
    peak: simulator.peakInFlight,
  };
}

function collector(): { stream: Writable; text: () => string } {
  const chunks: Uint8Array[] = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString() };
}

/** Lets time pass as quickly as the work allows, real disks and DuckDB's own threads included. */
async function inFakeTime<T>(work: Promise<T>): Promise<T> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  work.then(done, done);
  while (!isDone) {
    for (let turn = 0; turn < 8; turn++) await new Promise((resolve) => setImmediate(resolve));
    if (vi.getTimerCount() > 0) vi.advanceTimersToNextTimer();
  }
  return work;
}

async function expectNoSecret(printed: string): Promise<void> {
  const token = Buffer.from(`${account.username}:${account.secret}`).toString("base64");
  const files = await Promise.all((await readdir(cwd)).map((file) => readFile(join(cwd, file), "latin1")));
  for (const text of [printed, ...files]) {
    expect(text).not.toContain(account.secret);
    expect(text).not.toContain(token);
  }
}

/** The rows of the table, in an order of its own. */
async function table(): Promise<unknown> {
  const instance = await DuckDBInstance.create(join(cwd, "out.duckdb"), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll("SELECT * FROM profiles ORDER BY distinct_id");
  const json = rows.getRowsJson();
  connection.closeSync();
  instance.closeSync();
  return json;
}

let expected: Promise<{ lines: string; rows: unknown }> | undefined;

/** What comes out when nothing goes wrong. */
function undisturbed(): Promise<{ lines: string; rows: unknown }> {
  expected ??= exportUndisturbed();
  return expected;
}

async function exportUndisturbed(): Promise<{ lines: string; rows: unknown }> {
  const lines = (await run([], [])).stdout;
  expect((await run(["-o", "out.duckdb"], [])).exit).toBe(0);
  const rows = await table();
  await rm(join(cwd, "out.duckdb"));
  return { lines, rows };
}

const passing: Record<string, Fault> = {
  "a 500": { kind: "response", status: 500 },
  "a 502 without a body": { kind: "response", status: 502, body: "" },
  "a 503 in plain text that names a time": {
    kind: "response",
    status: 503,
    headers: { "retry-after": "7" },
    body: "later",
  },
  "a 429 of the hour": { kind: "rate-limit", shape: "window", seconds: 1800 },
  "a 429 of concurrency": { kind: "rate-limit", shape: "concurrency" },
  "a 429 of load shedding": { kind: "rate-limit", shape: "shedding" },
  "a server-side timeout": { kind: "timeout" },
  "a reset before the headers": { kind: "reset" },
  "a reset in the headers": { kind: "reset", during: "headers" },
  "a reset in the body": { kind: "cut" },
  "a body that ends too early": { kind: "cut", ending: "close" },
  "a body that stands still": { kind: "stall" },
  "no answer": { kind: "hang" },
  "an HTML page": { kind: "response", body: "<!doctype html><title>Sorry</title>" },
  "a list": { kind: "response", body: "[]" },
  "an error with status 200": { kind: "fields", fields: { status: "error" } },
  "no results": { kind: "fields", fields: { results: undefined } },
  "an empty page": { kind: "empty-page" },
  "a short page": { kind: "short-page" },
};

const places = [
  ["page 0", 0],
  ["a middle page", 2],
  ["the last page", LAST_PAGE],
  ["every page once", "every"],
] as const;
const outputs = ["NDJSON", "DuckDB"] as const;
const pairs = outputs.flatMap((output) => places.map(([place, page]) => [place, output, page] as const));

const once = Object.entries(passing).map(([name, fault], index) => [name, ...at(pairs, index), fault] as const);

test.each(once)("%s on %s costs %s one request more and no profile", async (_, __, output, page, fault) => {
  const { lines, rows } = await undisturbed();
  const asked = Array.from({ length: PAGES }, (_, each) => (page === "every" || page === each ? 2 : 1));
  const rules: FaultRule[] = [{ page, fault }];
  if (output === "NDJSON") {
    const ndjson = await run([], rules);
    expect(ndjson).toMatchObject({ exit: 0, asked });
    expect(ndjson.stdout).toBe(lines);
    expect(ndjson.peak).toBeLessThanOrEqual(5);
    return;
  }
  const duckdb = await run(["-o", "out.duckdb"], rules);
  expect(duckdb).toMatchObject({ exit: 0, asked });
  expect(JSON.parse(duckdb.stdout)).toMatchObject({
    complete: true,
    missing: 0,
    failed_pages: 0,
    reported_total: PROFILES,
  });
  expect(await table()).toEqual(rows);
});

const always = Object.entries(passing)
  .filter(([, { kind }]) => kind !== "rate-limit" && kind !== "short-page")
  .map(([name, fault]) => [name, { times: Number.POSITIVE_INFINITY, fault }] as const);
const args = ["--max-retries", "2"];

test.each(always.filter((_, index) => index % 3 === 0))(
  "%s, always, on a middle page leaves every other line and names the page that is missing",
  async (_, rule) => {
    const { lines } = await undisturbed();
    const kept = lines.split("\n").filter((_, line) => Math.floor(line / PAGE_SIZE) !== 2);
    const ndjson = await run(args, [{ page: 2, ...rule }]);
    expect(ndjson).toMatchObject({ exit: 1, asked: [1, 1, 3, 1, 1] });
    expect(ndjson.stdout.split("\n")).toEqual(kept);
    expect(ndjson.stderr).toContain("2");
  },
);

test.each(always.filter((_, index) => index % 3 === 1))(
  "%s, always, on a middle page leaves every other row and names the page that is missing",
  async (_, rule) => {
    const duckdb = await run([...args, "-o", "out.duckdb"], [{ page: 2, ...rule }]);
    expect(duckdb).toMatchObject({ exit: 1, asked: [1, 1, 3, 1, 1] });
    expect(JSON.parse(duckdb.stdout)).toMatchObject({
      failed_page_indices: [2],
      missing: PAGE_SIZE,
      complete: false,
    });
    expect(await table()).toHaveLength(PROFILES - PAGE_SIZE);
  },
);

test.each(always.filter((_, index) => index % 3 === 2))(
  "%s, always, on page 0 ends with an error and writes nothing",
  async (_, rule) => {
    const outcome = await run(["--max-retries", "1"], [{ page: 0, ...rule }]);
    expect(outcome).toMatchObject({ exit: 1, requests: 2, stdout: "" });
    expect(outcome.stderr).toContain("page 0");
  },
);

/** Takes turns. */
function at<Item>(items: readonly Item[], index: number): Item {
  const item = items[index % items.length];
  if (item === undefined) throw new Error("There are none");
  return item;
}

test("a short page that stays short keeps its rows, counts the rest as missing and exits 1", async () => {
  const rules: FaultRule[] = [{ page: 2, times: 2, fault: { kind: "short-page", rows: 40 } }];
  const outcome = await run(["-o", "out.duckdb"], rules);
  expect(outcome).toMatchObject({ exit: 1, asked: [1, 1, 2, 1, 1] });
  expect(JSON.parse(outcome.stdout)).toMatchObject({ missing: 10, failed_pages: 0, complete: false });
  expect(outcome.stderr).toMatch(/reported 230 profiles.*10 missing/);
});

test.each([
  [400, 0, 1],
  [401, 2, 3],
  [402, LAST_PAGE, 3],
  [403, 0, 3],
  [404, 2, 1],
  [307, LAST_PAGE, 1],
] as const)("a %i on page %i ends everything at once with exit %i", async (status, page, exit) => {
  const rules: FaultRule[] = [{ page, times: Number.POSITIVE_INFINITY, fault: { kind: "response", status } }];
  const outcome = await run(["-o", status === 402 ? "out.duckdb" : "out.ndjson"], rules);
  expect(outcome.exit).toBe(exit);
  expect(outcome.asked[page]).toBe(1);
  expect(outcome.stdout === "").toBe(exit === 3);
});

describe("a rate limit that stays", () => {
  test.each(["window", "concurrency", "shedding"] as const)(
    "of the shape %s ends with exit 4 and the time of the next slot",
    async (shape) => {
      const rules: FaultRule[] = [{ page: 2, times: Number.POSITIVE_INFINITY, fault: { kind: "rate-limit", shape } }];
      const outcome = await run(["--max-wait", "60", "-o", "out.ndjson"], rules);
      expect(outcome.exit).toBe(4);
      expect(outcome.stderr).toMatch(/next slot is at \d{4}-\d\d-\d\dT/);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ complete: false });
    },
  );
});

describe("a lost session", () => {
  test.each([0, LAST_PAGE])("on page %i starts the export over, with the same table", async (page) => {
    const { rows } = await undisturbed();
    const outcome = await run(["-o", "out.duckdb"], [{ page, fault: { kind: "lost-session" } }]);
    expect(outcome.exit).toBe(0);
    expect(outcome.asked[0]).toBe(2);
    expect(outcome.stderr).toContain("starts over");
    expect(await table()).toEqual(rows);
  });

  test("ends NDJSON on stdout, which cannot take back its lines", async () => {
    const outcome = await run([], [{ page: 2, fault: { kind: "lost-session" } }]);
    expect(outcome.exit).toBe(1);
    expect(outcome.stderr).toContain("session");
  });

  test("is given up after the third", async () => {
    const rules: FaultRule[] = [{ page: 2, times: Number.POSITIVE_INFINITY, fault: { kind: "lost-session" } }];
    const outcome = await run(["-o", "out.duckdb"], rules);
    expect(outcome.exit).toBe(1);
    expect(outcome.asked[0]).toBe(3);
  });
});

describe("page 0's word", () => {
  test.each([
    ["total", { total: 7 }],
    ["page size", { page_size: 3 }],
    ["session", { session_id: "another" }],
    ["session, missing", { session_id: undefined }],
    ["total, missing", { total: undefined }],
  ] as const)("holds for the whole run where a later page has another: %s", async (_, fields) => {
    const { lines } = await undisturbed();
    const outcome = await run([], [{ page: 2, fault: { kind: "fields", fields } }]);
    expect(outcome).toMatchObject({ exit: 0, asked: [1, 1, 1, 1, 1] });
    expect(outcome.stdout).toBe(lines);
  });

  test("is asked for again where it names no session", async () => {
    const { lines } = await undisturbed();
    const outcome = await run([], [{ page: 0, fault: { kind: "fields", fields: { session_id: undefined } } }]);
    expect(outcome).toMatchObject({ exit: 0, asked: [2, 1, 1, 1, 1] });
    expect(outcome.stdout).toBe(lines);
  });

  test("may leave the total open: pages are read until one is short", async () => {
    const { lines } = await undisturbed();
    const rules: FaultRule[] = [{ page: "every", fault: { kind: "fields", fields: { total: undefined } } }];
    const outcome = await run([], rules);
    expect(outcome.exit).toBe(0);
    expect(outcome.stdout).toBe(lines);
  });
});

test("a wait that a 503 asks for is announced with the time it ends", async () => {
  const fault: Fault = { kind: "response", status: 503, headers: { "retry-after": "600" } };
  const outcome = await run([], [{ page: 2, fault }]);
  expect(outcome).toMatchObject({ exit: 0, asked: [1, 1, 2, 1, 1] });
  expect(outcome.stderr).toMatch(/waiting 600 s, until \d{4}-\d\d-\d\dT/);
});

test("300 pages with one request in ten failing end complete, in order", async () => {
  const profiles = Array.from({ length: 3_000 }, (_, id) => `{"$distinct_id":${id},"$properties":{}}`);
  const simulator = engageSimulator({
    profiles,
    pageSize: 10,
    serviceAccount: account,
    faults: [
      { page: "every", share: 0.05, fault: { kind: "response", status: 503 } },
      { page: "every", share: 0.03, times: 2, fault: { kind: "reset" } },
      { page: "every", share: 0.02, fault: { kind: "rate-limit", shape: "concurrency" } },
    ],
  });
  const [stdout, stderr] = [collector(), collector()];
  const exit = await inFakeTime(
    main({
      args: ["--page-size", "10"],
      env,
      stdin: new PassThrough(),
      stdout: stdout.stream,
      stderr: stderr.stream,
      signals: new AbortController().signal,
      fetch: simulator,
      cwd,
    }),
  );
  expect(exit).toBe(0);
  expect(simulator.requestCount).toBeGreaterThan(324);
  expect(simulator.peakInFlight).toBe(5);
  const ids = stdout
    .text()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line).distinct_id);
  expect(ids).toEqual(profiles.map((_, id) => String(id)));
});
