import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { csvParts, parquetParts } from "../../src/duckdb.ts";
import { directoryStore, type PartFilesOptions, type PartStore, partFiles, s3Store } from "../../src/files.ts";
import { engageSimulator } from "../../src/simulator.ts";
import { startS3 } from "../helpers/s3-server.ts";
import { exportFrom } from "../helpers/served-profiles.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";
import { commandFor } from "./guide.ts";
import { rowsIn } from "./rows-in.ts";

/** An S3 server, and a function that runs queries over its objects. */
async function started() {
  const { options: s3 } = await startS3();
  const store: PartStore = s3Store({ ...s3, workingDirectory: temporaryDirectory() });
  const ask = async (query: string): Promise<readonly Record<string, unknown>[]> => {
    const sql = query
      .replace("https://…/BUCKET/PREFIX", `${s3.endpoint}/team/people`)
      .replace("'KEY', 'SECRET'", `'${s3.accessKeyId}', '${s3.secretAccessKey}'`);
    const script = new URL("clickhouse.mjs", import.meta.url).pathname;
    const { stdout } = await run(process.execPath, [script, process.env.CHDB ?? "", sql], { maxBuffer: 2 ** 30 });
    return stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
  };
  return { store, ask };
}

/** The same with 3,000 profiles in three parts. */
async function exported(options: Partial<PartFilesOptions> = {}) {
  const { store, ask } = await started();
  const simulator = engageSimulator({ profiles: 3_000, hourlyQueries: Number.POSITIVE_INFINITY });
  await exportFrom(simulator, await partFiles({ store, profilesPerFile: 1_000, ...options }));
  return { store, ask };
}

const run = promisify(execFile);

describe("ClickHouse, over S3", () => {
  test("reads every row of NDJSON parts by the guide's command", async () => {
    const { store, ask } = await exported();
    const command = commandFor("ClickHouse");
    const rows = await ask(command.replace("count()", "*"));
    const read = rows.map((row) => ({ ...row, properties: JSON.parse(String(row.properties)) }));
    const byId = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1);
    expect(read.sort(byId)).toEqual([...(await rowsIn(store))].sort(byId));
    expect(Number(Object.values((await ask(command))[0] ?? {})[0])).toBe(3_000);
  });

  test.each([
    ["Parquet", "ClickHouse, Parquet", parquetParts()],
    ["CSV", "ClickHouse, CSV", csvParts({ gzip: true })],
  ])("reads every row of %s parts by the guide's command, with the same columns in each", async (_, engine, format) => {
    const { ask } = await exported({ format });
    const command = commandFor(engine);
    const [counted] = await ask(
      command.replace("count()", "count() AS n, uniqExact(distinct_id) AS ids, uniqExact(_file) AS files"),
    );
    expect([counted?.n, counted?.ids, counted?.files].map(Number)).toEqual([3_000, 3_000, 3]);
  });

  test("counts a million profiles", async () => {
    const { store, ask } = await started();
    const parts = directoryStore(join(process.env.MILLION ?? "", "parts"));
    for (const name of await parts.list()) await store.put(name, new Uint8Array((await parts.get(name)) ?? []));
    const [counted] = await ask(
      commandFor("ClickHouse").replace("count()", "count() AS n, uniqExact(distinct_id) AS ids"),
    );
    expect([Number(counted?.n), Number(counted?.ids)]).toEqual([1_000_000, 1_000_000]);
  }, 300_000);
});
