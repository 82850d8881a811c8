import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { csvParts, parquetParts } from "../../src/duckdb.ts";
import { type PartFilesOptions, type PartStore, partFiles, s3Store } from "../../src/files.ts";
import { engageSimulator } from "../../src/simulator.ts";
import { startS3 } from "../helpers/s3-server.ts";
import { exportFrom } from "../helpers/served-profiles.ts";
import { temporaryDirectory } from "../helpers/temporary-directory.ts";
import { commandFor } from "./guide.ts";
import { rowsIn } from "./rows-in.ts";

/** Exports into an S3 server, and runs queries over what is there. */
async function exported(profiles: number, options: Partial<PartFilesOptions> = {}) {
  const { options: s3 } = await startS3();
  const store: PartStore = s3Store({ ...s3, workingDirectory: temporaryDirectory() });
  const simulator = engageSimulator({ profiles, hourlyQueries: Number.POSITIVE_INFINITY });
  await exportFrom(simulator, await partFiles({ store, ...options }));
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

const run = promisify(execFile);

describe("ClickHouse, over S3", () => {
  test("reads every row of NDJSON parts by the guide's command", async () => {
    const { store, ask } = await exported(3_000, { profilesPerFile: 1_000 });
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
    const { ask } = await exported(3_000, { profilesPerFile: 1_000, format });
    const command = commandFor(engine);
    const [counted] = await ask(
      command.replace("count()", "count() AS n, uniqExact(distinct_id) AS ids, uniqExact(_file) AS files"),
    );
    expect([counted?.n, counted?.ids, counted?.files].map(Number)).toEqual([3_000, 3_000, 3]);
  });

  test("counts a million profiles", async () => {
    const { ask } = await exported(1_000_000);
    const [counted] = await ask(
      commandFor("ClickHouse").replace("count()", "count() AS n, uniqExact(distinct_id) AS ids"),
    );
    expect([Number(counted?.n), Number(counted?.ids)]).toEqual([1_000_000, 1_000_000]);
  }, 300_000);
});
