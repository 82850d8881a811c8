import { execFile, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { serveSimulator } from "../src/cli/simulate/serve-simulator.ts";
import { engageSimulator, type FaultRule } from "../src/simulator.ts";

const run = promisify(execFile);
const examples = resolve(import.meta.dirname, "../examples");
let cwd = "";
let close: () => Promise<void> = async () => {};

beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "engage-examples-"));
});

afterEach(async () => {
  await close();
  await rm(cwd, { recursive: true });
});

async function environment(
  faults: readonly FaultRule[] = [],
  profiles = 1_200,
  pageSize = 1_000,
): Promise<Record<string, string>> {
  const simulator = engageSimulator({ profiles, pageSize, faults });
  const server = await serveSimulator(simulator, { port: 0 });
  close = () => server.close();
  const { username, secret } = simulator.serviceAccount;
  const { PATH = "" } = process.env;
  return {
    PATH,
    MP_PROJECT_ID: simulator.projectId,
    MP_USERNAME: username,
    MP_SECRET: secret,
    MP_API_BASE_URL: server.url,
  };
}

async function example(name: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await run(process.execPath, [join(examples, name)], { cwd, env, maxBuffer: 2 ** 26 });
  return stdout;
}

test("ndjson-file.js writes a line per profile", async () => {
  expect(await example("ndjson-file.js", await environment())).toBe("1200 profiles in profiles.ndjson\n");
  expect((await readFile(join(cwd, "profiles.ndjson"), "utf8")).trimEnd().split("\n")).toHaveLength(1200);
});

test("duckdb-table.js fills a table and asks it", async () => {
  const stdout = await example("duckdb-table.js", await environment());
  expect(JSON.parse(stdout.split("\n")[0] ?? "")).toMatchObject({ reported_total: 1200, complete: true });
  expect(stdout).toContain("country");
});

test("attached-database.js fills a table of a second file, and a Parquet file", async () => {
  const stdout = await example("attached-database.js", await environment());
  expect(stdout).toMatch(/^\d+ profiles in mixpanel\.raw\.profiles and in profiles\.parquet\n$/);
  expect(await readdir(cwd)).toEqual(["analytics.duckdb", "mixpanel.duckdb", "profiles.parquet"]);
});

test("own-transform.js keeps what it is told to", async () => {
  const lines = (await example("own-transform.js", await environment())).trimEnd().split("\n");
  expect(lines.length).toBeGreaterThan(100);
  for (const line of lines) expect(Object.keys(JSON.parse(line).properties)).toEqual(["plan"]);
});

test("own-store.js puts part files into a store of one's own", async () => {
  expect(await example("own-store.js", await environment())).toBe("a part of 1000 profiles\na part of 200 profiles\n");
});

test("copy-profiles.js sets every property in another project, with all digits, 2,000 profiles at a time", async () => {
  const bodies: string[] = [];
  const target = createServer(async (request, response) => {
    bodies.push(`${request.method} ${request.url} ${await text(request)}`);
    response.end(JSON.stringify({ status: 1, error: null }));
  });
  await new Promise<void>((listening) => target.listen(0, "127.0.0.1", listening));
  try {
    const { port } = target.address() as AddressInfo;
    const env = {
      ...(await environment([], 2_500, 2_500)),
      TARGET_TOKEN: "another",
      TARGET_URL: `http://127.0.0.1:${port}`,
    };
    expect(await example("copy-profiles.js", env)).toBe("2500 profiles copied\n");
  } finally {
    target.close();
  }
  expect(bodies).toHaveLength(2);
  for (const body of bodies) expect(body).toMatch(/^POST \/engage\?verbose=1 \[\{"\$token":"another"/);
  const updates = bodies.flatMap((body) => JSON.parse(body.slice(body.indexOf("["))));
  expect(new Set(updates.map(({ $distinct_id }) => $distinct_id)).size).toBe(2_500);
  expect(updates[0]).toMatchObject({ $ip: 0, $ignore_time: true, $set: { $email: expect.any(String) } });
  expect(bodies[0]).toMatch(/"account_id":9007199\d{11}[,}]/);
});

test("copy-profiles.js ends with an error if the other project takes nothing", async () => {
  const target = createServer((_, response) => response.end('{"status":0,"error":"token, missing or empty"}'));
  await new Promise<void>((listening) => target.listen(0, "127.0.0.1", listening));
  try {
    const { port } = target.address() as AddressInfo;
    const env = { ...(await environment()), TARGET_TOKEN: "", TARGET_URL: `http://127.0.0.1:${port}` };
    await expect(example("copy-profiles.js", env)).rejects.toThrow(/HTTP 200 token, missing or empty/);
  } finally {
    target.close();
  }
});

test("singer-tap.js prints a schema, a record for each profile and a state", async () => {
  const lines = (await example("singer-tap.js", await environment())).trimEnd().split("\n");
  const messages = lines.map((line) => JSON.parse(line));
  expect(messages.map(({ type }) => type)).toEqual(["SCHEMA", ...Array(1200).fill("RECORD"), "STATE"]);
  expect(Object.keys(messages[1].record)).toEqual(["distinct_id", "last_seen", "properties"]);
});

test("failed-pages.js says what is missing and fetches it when it is run again", async () => {
  const env = await environment([{ page: 1, times: 3, fault: { kind: "response", status: 503 } }]);
  expect(await example("failed-pages.js", env)).toBe("run this again for pages 1\n");
  expect(await example("failed-pages.js", env)).toMatch(/^all \d+ profiles are there\n$/);
});

test("http-response.js streams gzipped lines", async () => {
  const child = spawn(process.execPath, [join(examples, "http-response.js")], {
    env: { ...(await environment()), PORT: "0" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const [hint] = await new Promise<[Buffer]>((done) =>
      child.stdout.once("data", (...chunks) => done(chunks as [Buffer])),
    );
    const url = hint.toString().trim().split(" ").at(-1) ?? "";
    const response = await fetch(url);
    expect(response.headers.get("content-encoding")).toBe("gzip");
    expect((await response.text()).trimEnd().split("\n")).toHaveLength(1200);
  } finally {
    child.kill();
  }
});
