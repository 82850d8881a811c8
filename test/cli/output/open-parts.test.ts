import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { directoryStore, s3Store } from "../../../src/files.ts";
import { engageSimulator, type FaultRule } from "../../../src/simulator.ts";
import { exportFrom, simulatorEnv } from "../../helpers/cli-run.ts";
import { columnPartsIn } from "../../helpers/column-parts.ts";
import { memoryDatabase } from "../../helpers/database.ts";
import { refusal, type S3Answerer, startS3 } from "../../helpers/s3-server.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const simulated = (faults: readonly FaultRule[] = []) => engageSimulator({ profiles: 250, pageSize: 50, faults });

function idsIn(directory: string): readonly string[] {
  const { parts } = JSON.parse(readFileSync(join(directory, "_export.json"), "utf8"));
  return parts.flatMap(({ name }: { name: string }) =>
    gunzipSync(readFileSync(join(directory, name)))
      .toString()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).distinct_id),
  );
}

describe("openParts, of a directory", () => {
  test("--out DIR/ writes part files, and --resume of a finished export says so", async () => {
    const cwd = temporaryDirectory();
    const simulator = simulated();
    const args = ["--out", "parts/", "--profiles-per-file", "100"];
    const first = await exportFrom(simulator, args, { cwd });
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining(`written to ${join(cwd, "parts")}`) });
    expect(JSON.parse(first.stdout)).toMatchObject({ table: null, total_rows: 250, complete: true });
    expect(new Set(idsIn(join(cwd, "parts"))).size).toBe(250);
    expect(readdirSync(join(cwd, "parts"))).toHaveLength(4);
    const { requestCount } = simulator;
    const resumed = await exportFrom(simulator, [...args, "--resume"], { cwd });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ total_rows: 250, already_finished: true });
    expect([resumed.code, simulator.requestCount]).toEqual([0, requestCount]);
    const other = await exportFrom(simulator, [...args, "--resume", "--limit", "3"], { cwd });
    expect(other).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has another query, with another --limit; repeat"),
    });
    const fewer = await exportFrom(simulator, ["--out", "parts/", "--resume"], { cwd });
    expect(fewer).toMatchObject({ code: 2, stderr: expect.stringContaining("100 profiles per file") });
    const again = await exportFrom(simulator, args, { cwd });
    expect(again).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("a finished export is there; use --replace"),
    });
    expect((await exportFrom(simulated(), [...args, "--replace"], { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, "parts"))).toHaveLength(4);
  });

  test.each([
    ["ndjson", "read_json", "properties"],
    ["parquet", "read_parquet", '"$email"'],
  ])("DuckDB reads parts of %s by the command of docs/destinations.md", async (format, reader, column) => {
    const cwd = temporaryDirectory();
    const args = ["--out", "parts/", "--profiles-per-file", "100", "--format", format];
    await exportFrom(simulated(), args, { cwd });
    const guide = readFileSync(resolve(import.meta.dirname, "../../../docs/destinations.md"), "utf8");
    const [command = ""] = new RegExp(`SELECT \\* FROM ${reader}\\('parts/[^\`]+`).exec(guide) ?? [];
    const database = await memoryDatabase();
    const query = `SELECT count(DISTINCT distinct_id)::INTEGER, count(${column}) > 0 FROM (${command.replace("parts/", `${cwd}/parts/`)})`;
    expect((await database.runAndReadAll(query)).getRows()).toEqual([[250, true]]);
  });

  test.each([
    [["parquet"], /^part-[0-9a-f]{12}-0000\d\.parquet$/],
    [["csv"], /^part-[0-9a-f]{12}-0000\d\.csv$/],
    [["csv", "--gzip"], /^part-[0-9a-f]{12}-0000\d\.csv\.gz$/],
  ])("--format %j writes parts that have the same columns, resumes and replaces", async (format, name) => {
    const cwd = temporaryDirectory();
    const args = ["--out", "parts/", "--profiles-per-file", "100", "--column-names", "plain", "--format", ...format];
    const simulator = simulated([{ page: 2, times: 1, fault: { kind: "response", status: 503 } }]);
    const failed = await exportFrom(simulator, [...args, "--max-retries", "0"], { cwd });
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("go on with: engage-export --resume") });
    expect(readdirSync(join(cwd, "parts"))).not.toContain("_export.json");
    expect((await exportFrom(simulator, [...args, "--resume"], { cwd })).code).toBe(0);
    const parts = await columnPartsIn(directoryStore(join(cwd, "parts")));
    expect(parts.map(({ ids }) => ids.length)).toEqual([100, 100, 50]);
    expect(new Set(parts.flatMap(({ ids }) => ids)).size).toBe(250);
    for (const part of parts) {
      expect(part.name).toMatch(name);
      expect(part.columns).toContain("email");
      expect(part.schema).toEqual(parts[0]?.schema);
    }
    expect((await exportFrom(simulator, [...args, "--replace"], { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, "parts"))).toHaveLength(4);
    const done = await exportFrom(simulator, [...args, "--resume"], { cwd });
    expect(JSON.parse(done.stdout)).toMatchObject({ total_rows: 250, already_finished: true });
  });

  test.each([
    [["--format", "parquet", "--gzip"], "--gzip is for part files of NDJSON or CSV"],
    [["--format", "csv", "--raw"], "--raw is for NDJSON"],
    [["--max-columns", "3"], "--max-columns is for DuckDB, Parquet or CSV"],
    [["--format", "duckdb"], "--format duckdb is for one file"],
  ])("refuses %j", async (args, message) => {
    const simulator = simulated();
    const refused = await exportFrom(simulator, ["--out", "parts/", ...args], { cwd: temporaryDirectory() });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    expect(simulator.requestCount).toBe(0);
  });

  test("a page that fails leaves no mark, and --resume adds it", async () => {
    const cwd = temporaryDirectory();
    const simulator = simulated([{ page: 2, times: 1, fault: { kind: "response", status: 503 } }]);
    const args = ["--out", "parts/", "--profiles-per-file", "100", "--max-retries", "0"];
    const failed = await exportFrom(simulator, args, { cwd });
    expect(failed).toMatchObject({ code: 1, stderr: expect.stringContaining("go on with: engage-export --resume") });
    expect(readdirSync(join(cwd, "parts"))).not.toContain("_export.json");
    expect((await exportFrom(simulator, [...args, "--resume"], { cwd })).code).toBe(0);
    expect(new Set(idsIn(join(cwd, "parts"))).size).toBe(250);
  });

  test("a directory that is there is taken without a slash, and must be empty", async () => {
    const cwd = temporaryDirectory();
    mkdirSync(join(cwd, "parts"));
    expect((await exportFrom(simulated(), ["--out", "parts", "--no-gzip"], { cwd })).code).toBe(0);
    expect(readdirSync(join(cwd, "parts"))[1]).toMatch(/^part-[0-9a-f]{12}-00000\.ndjson$/);
    mkdirSync(join(cwd, "full"));
    writeFileSync(join(cwd, "full/notes.txt"), "");
    const simulator = simulated();
    const refused = await exportFrom(simulator, ["--out", "full"], { cwd });
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("other files are there") });
    expect(simulator.requestCount).toBe(0);
  });

  test("wrong credentials leave no directory behind", async () => {
    const cwd = temporaryDirectory();
    const simulator = simulated();
    const env = { ...simulatorEnv(simulator), MP_SECRET: "wrong" };
    expect((await exportFrom(simulator, ["--out", "parts/"], { cwd, env })).code).toBe(3);
    expect(readdirSync(cwd)).toEqual([]);
  });
});

describe("openParts, of an object store", () => {
  const out = ["--out", "s3://team/people/", "--profiles-per-file", "100"];

  async function store(answer?: S3Answerer) {
    const { options, requests } = await startS3(answer);
    const { endpoint = "", accessKeyId, secretAccessKey } = options;
    const env = { AWS_ENDPOINT_URL: endpoint, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
    return { env, requests, store: s3Store(options) };
  }

  test("--out s3://… writes part files, resumes and replaces", async () => {
    const { env, requests } = await store();
    const simulator = simulated([{ page: 3, times: 1, fault: { kind: "reset" } }]);
    const options = { env: { ...simulatorEnv(simulator), ...env } };
    const failed = await exportFrom(simulator, [...out, "--max-retries", "0"], options);
    expect([failed.code, requests.some((request) => request.includes("PUT /team/people/_export.json"))]).toEqual([
      1,
      false,
    ]);
    const resumed = await exportFrom(simulator, [...out, "--resume"], options);
    expect(resumed).toMatchObject({ code: 0, stderr: expect.stringContaining("written to s3://team/people/") });
    expect(JSON.parse(resumed.stdout)).toMatchObject({ total_rows: 250, complete: true });
    expect(requests.filter((request) => request.startsWith("PUT")).at(-1)).toBe("PUT /team/people/_export.json");
    expect((await exportFrom(simulator, [...out, "--replace"], options)).code).toBe(0);
  });

  test("--format parquet collects rows in the current directory, and goes on from there", async () => {
    const { env, store: parts } = await store();
    const cwd = temporaryDirectory();
    const simulator = simulated([{ page: 3, times: 1, fault: { kind: "reset" } }]);
    const options = { cwd, env: { ...simulatorEnv(simulator), ...env } };
    const args = [...out, "--format", "parquet"];
    expect((await exportFrom(simulator, [...args, "--max-retries", "0"], options)).code).toBe(1);
    expect(readdirSync(cwd)).toEqual([expect.stringMatching(/^_engage-export-[0-9a-f]{12}\.duckdb$/)]);
    const resumed = await exportFrom(simulator, [...args, "--resume"], options);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ total_rows: 250, complete: true });
    const read = await columnPartsIn(parts);
    expect(new Set(read.flatMap(({ ids }) => ids)).size).toBe(250);
    for (const { schema } of read) expect(schema).toEqual(read[0]?.schema);
    expect(readdirSync(cwd)).toEqual([]);
  });

  test("names the variables that are missing, and what they must hold", async () => {
    const simulator = simulated();
    const bare = await exportFrom(simulator, out);
    expect(bare.stderr).toBe(
      "error: Cannot write there, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION must be set for an object store: s3://team/people/\n",
    );
    const { env } = await store();
    const wrong = { ...simulatorEnv(simulator), ...env, AWS_ENDPOINT_URL_S3: "nowhere" };
    const refused = await exportFrom(simulator, out, { env: wrong });
    expect(refused.stderr).toContain("AWS_ENDPOINT_URL must be an http or https URL");
    expect([bare.code, refused.code, simulator.requestCount]).toEqual([2, 2, 0]);
  });

  test("a store that refuses ends in words before anything is requested", async () => {
    const { env } = await store((_, response) => refusal(response, 403, "SignatureDoesNotMatch"));
    const simulator = simulated();
    const refused = await exportFrom(simulator, out, { env: { ...simulatorEnv(simulator), ...env } });
    expect([refused.code, simulator.requestCount]).toEqual([2, 0]);
    expect(refused.stderr).toBe(
      "error: Cannot use the object store, the secret access key is wrong: s3://team/people/\n",
    );
  });
});
