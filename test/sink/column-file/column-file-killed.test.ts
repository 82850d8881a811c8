import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type SimulatorServer, serveSimulator } from "../../../src/cli/simulate/serve-simulator.ts";
import { csvFile, parquetFile } from "../../../src/duckdb.ts";
import { engageSimulator } from "../../../src/simulator.ts";
import { rowsOf } from "../../helpers/database.ts";
import { exportFrom } from "../../helpers/served-profiles.ts";
import { temporaryDirectory } from "../../helpers/temporary-directory.ts";

const dist = (entry: string) => new URL(`../../../dist/${entry}.js`, import.meta.url).href;
/** When the process is killed: after so many pages, or as soon as something is in the directory; and how many pages are left. */
const MOMENTS = [
  ["after the first page", "pages === 1", 9],
  ["after half of the pages", "pages === 5", 5],
  ["after the last page", "pages === 10", 0],
  ["while the file is made", "existsSync(path + '.part')", 0],
  ["while the file is written", "existsSync(path + '.part') && statSync(path + '.part').size > 0", 0],
  ["after the file took its name", "existsSync(path)", 0],
] as const;

// Until the file is made, both are a working database.
const FILES = [
  ["profiles.parquet", "parquetFile", parquetFile, MOMENTS],
  ["profiles.csv.gz", "csvFile", csvFile, MOMENTS.slice(4)],
] as const;

const simulator = engageSimulator({ profiles: 1_000, pageSize: 100, hourlyQueries: Number.POSITIVE_INFINITY });
let server: SimulatorServer;

beforeAll(async () => {
  server = await serveSimulator(simulator, { port: 0 });
});

afterAll(() => server.close());

describe.each(FILES)("%s", (name, sinkName, open, moments) => {
  let undisturbed: unknown;

  beforeAll(async () => {
    const directory = await mkdtemp(join(tmpdir(), "engage-export-"));
    const path = join(directory, name);
    await exportFrom(simulator, await open(path));
    undisturbed = await contentOf(path);
    await rm(directory, { recursive: true });
  });

  test.each(moments)("killed %s and resumed, it holds what an undisturbed run writes", async (_, moment, pagesLeft) => {
    const directory = temporaryDirectory();
    const path = join(directory, name);
    expect(await killAt(moment, path, sinkName, server.url)).toBe("SIGKILL");
    const before = simulator.requests.length;
    const result = await exportFrom(simulator, await open({ path, mode: "resume" }), { baseUrl: server.url });
    expect(result).toMatchObject({ totalRows: 1_000, complete: true });
    expect(simulator.requests.length - before).toBeLessThanOrEqual(pagesLeft);
    expect(await contentOf(path)).toEqual(undisturbed);
    expect(readdirSync(directory)).toEqual([name]);
  });
});

/** Exports in a process of its own, which kills itself, and tells by which signal it ended. */
async function killAt(moment: string, path: string, sinkName: string, baseUrl: string): Promise<unknown> {
  const script = `
    import { existsSync, statSync } from "node:fs";
    import { ${sinkName} } from ${JSON.stringify(dist("duckdb"))};
    import { exportProfiles } from ${JSON.stringify(dist("index"))};
    import { engageSimulator } from ${JSON.stringify(dist("simulator"))};
    const path = ${JSON.stringify(path)};
    let pages = 0;
    const look = () => {
      if (${moment}) process.kill(process.pid, "SIGKILL");
    };
    const watch = () => setImmediate(watch, look());
    watch();
    const { projectId, serviceAccount } = engageSimulator();
    const onPage = () => {
      pages += 1;
      look();
    };
    const sink = await ${sinkName}({ path, batchSize: 100 });
    await exportProfiles({ projectId, serviceAccount, baseUrl: ${JSON.stringify(baseUrl)}, concurrency: 1, sink, onPage });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "ignore" });
  const [, signal] = await once(child, "exit");
  return signal;
}

/** Rows and types, in the order of the ids. */
async function contentOf(path: string): Promise<unknown> {
  const from = path.endsWith(".parquet") ? `'${path}'` : `read_csv('${path}', all_varchar = true, header = true)`;
  return {
    rows: await rowsOf(":memory:", `SELECT COLUMNS(*)::VARCHAR FROM ${from} ORDER BY distinct_id`),
    types: await rowsOf(":memory:", `DESCRIBE FROM ${from}`),
  };
}
