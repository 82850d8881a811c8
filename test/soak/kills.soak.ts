import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveSimulator } from "../../src/cli/simulate/serve-simulator.ts";
import { readCheckpoint } from "../../src/duckdb.ts";
import { type EngageSimulator, engageSimulator } from "../../src/simulator.ts";

// Exports that are killed again and again end in the same table, and the same file, as one that was left alone. The seed
// is printed; SOAK_SEED repeats a run, as far as the moments of kills can be repeated.

const KILLS = Number(process.env.SOAK_KILLS ?? 60);
const seed = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** Milliseconds after which a run is killed, evenly spread: by itself fast-check prefers the least and the most. */
const moments = fc.sample(fc.integer({ min: 100, max: 1_000 }), { seed, numRuns: 10_000, unbiased: true });
const cli = resolve(import.meta.dirname, "../../dist/cli.js");
let simulator: EngageSimulator;
let server: Awaited<ReturnType<typeof serveSimulator>>;
let folder = "";
let draws = 0;
let kills = 0;
let killsAfterTheEnd = 0;

beforeAll(async () => {
  console.log(`seed ${seed}, ${KILLS} kills`);
  folder = await mkdtemp(join(tmpdir(), "engage-soak-"));
  simulator = engageSimulator({
    profiles: 3_900,
    pageSize: 100,
    latency: 30,
    jitter: 0.9,
    faults: [{ page: "every", share: 0.1, fault: { kind: "reset" } }],
    hourlyQueries: Number.POSITIVE_INFINITY,
    // A request whose client was killed takes a moment to leave.
    concurrentQueries: 20,
  });
  server = await serveSimulator(simulator, { port: 0 });
});

afterAll(async () => {
  console.log(`${killsAfterTheEnd} kills after the end`);
  await server.close();
  await rm(folder, { recursive: true });
});

/** Runs the command, and kills it after so many milliseconds. */
function run(args: readonly string[], killAfter?: number): Promise<number | "killed"> {
  const { username, secret } = simulator.serviceAccount;
  const child = spawn(process.execPath, [cli, "--page-size", "100", ...args], {
    cwd: folder,
    env: { MP_PROJECT_ID: simulator.projectId, MP_USERNAME: username, MP_SECRET: secret, MP_API_BASE_URL: server.url },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const timer = killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
  return new Promise((done) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      if (code !== null && code !== 0) console.log(said);
      done(code ?? "killed");
    });
  });
}

/** Kills an export at random moments and resumes it until it ends by itself. */
async function killed(out: string, pagesBefore: () => Promise<number>, more: readonly string[] = []): Promise<void> {
  for (let start = 0; start < 200; start++) {
    const before = simulator.requestCount;
    const committed = start === 0 ? 0 : await pagesBefore();
    const moment = moments[draws++ % moments.length];
    const end = await run(
      start === 0 ? ["--out", out, ...more] : ["--out", out, ...more, "--resume"],
      kills < KILLS ? moment : undefined,
    );
    const asked = simulator.requests.slice(before - simulator.requestCount).map(({ page = 0 }) => page);
    if (simulator.requestCount > before) {
      expect(Math.min(...asked), "a committed page was asked for again").toBeGreaterThanOrEqual(committed);
    }
    if (end !== "killed") {
      expect(end).toBe(0);
      // The run before had finished, and was killed on its way out.
      if (start > 0 && simulator.requestCount === before) killsAfterTheEnd += 1;
      return;
    }
    kills += 1;
  }
  throw new Error("The export never ended");
}

async function rowsOf(file: string): Promise<string> {
  const instance = await DuckDBInstance.create(join(folder, file), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  const rows = await connection.runAndReadAll("SELECT * FROM profiles ORDER BY distinct_id");
  const tables = await connection.runAndReadAll("SELECT table_name FROM duckdb_tables() ORDER BY 1");
  expect(tables.getRowsJson()).toEqual([["_engage_exports"], ["profiles"]]);
  const hash = createHash("sha256").update(JSON.stringify(rows.getRowsJson())).digest("hex");
  connection.closeSync();
  instance.closeSync();
  return hash;
}

test("a table", async () => {
  expect(await run(["--out", "whole.duckdb"])).toBe(0);
  const expected = await rowsOf("whole.duckdb");
  for (let round = 0; kills < KILLS / 3; round++) {
    const out = `killed-${round}.duckdb`;
    const pagesBefore = async () => {
      if (!existsSync(join(folder, out))) return 0;
      const opened = performance.now();
      const checkpoint = await readCheckpoint(join(folder, out));
      expect(performance.now() - opened, "opening after a kill").toBeLessThan(5_000);
      return checkpoint?.nextPage ?? 0;
    };
    // By itself a table commits ten of these pages at once.
    await killed(out, pagesBefore, ["--batch-size", "100"]);
    expect(await rowsOf(out)).toBe(expected);
    expect((await readdir(folder)).filter((name) => name.endsWith(".wal"))).toEqual([]);
  }
  console.log(`${kills} kills of a table`);
});

/** What a reader of `_export.json` finds: the lines of all parts, sorted, since parts end elsewhere after a kill. */
async function partsOf(out: string): Promise<readonly string[]> {
  const { parts } = JSON.parse(await readFile(join(folder, out, "_export.json"), "utf8"));
  const names: readonly string[] = parts.map(({ name }: { name: string }) => name);
  expect((await readdir(join(folder, out))).sort()).toEqual(["_export.json", ...names]);
  const texts = await Promise.all(
    names.map(async (name) => gunzipSync(await readFile(join(folder, out, name))).toString()),
  );
  return texts.flatMap((text) => text.trimEnd().split("\n")).sort();
}

test("part files", async () => {
  const until = kills + KILLS / 3;
  const settings = ["--profiles-per-file", "500"];
  expect(await run(["--out", "whole/", ...settings])).toBe(0);
  const expected = await partsOf("whole");
  for (let round = 0; kills < Math.min(until, KILLS); round++) {
    const out = `killed-${round}/`;
    await killed(
      out,
      async () => Number(/"nextPage":(\d+)/.exec(await textIn(out, "_unfinished.json"))?.[1] ?? 0),
      settings,
    );
    expect(await partsOf(out)).toEqual(expected);
  }
});

async function textIn(out: string, name: string): Promise<string> {
  return readFile(join(folder, out, name), "utf8").catch(() => "");
}

test("a file", async () => {
  const kept = kills;
  expect(await run(["--out", "whole.ndjson"])).toBe(0);
  const expected = await readFile(join(folder, "whole.ndjson"), "utf8");
  for (let round = 0; kills < KILLS; round++) {
    const out = `killed-${round}.ndjson`;
    await killed(out, async () => {
      const checkpoint = (await readdir(folder)).find((name) => name.startsWith(out) && name !== out);
      if (checkpoint === undefined) return 0;
      const text = await readFile(join(folder, checkpoint), "utf8");
      return Number(/"nextPage":\s*(\d+)/.exec(text)?.[1] ?? 0);
    });
    expect(await readFile(join(folder, out), "utf8")).toBe(expected);
    expect((await readdir(folder)).filter((name) => name.startsWith(out))).toEqual([out]);
  }
  console.log(`${kills - kept} kills of a file`);
});
