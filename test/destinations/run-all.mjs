// Reads what exports have written with the engines of docs/destinations.md, and writes into stores and servers that are installed
// here, outside the project. `--only dask,swift` runs some: postgres, clickhouse, dask, swift, guide. The last line says `N passed, N failed`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { reportTarget } from "../runtime/report-target.mjs";
import { runOrThrow } from "../runtime/run-process.mjs";
import { runSuites } from "../runtime/run-suites.mjs";
import { installClickHouse, installDask, installPostgres, installSwift } from "./install.mjs";
import { postgresTests } from "./postgres-tests.mjs";

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
const work = await mkdtemp(join(tmpdir(), "engage-export-suites-"));
const node = { command: process.execPath, flags: [] };
const totals = { passed: 0, failed: 0 };

const suite = (name, env) => {
  const all = { ...process.env, MILLION: work, ...env };
  return runSuites(node, "test/destinations/vitest.config.ts", work, all, [`${name}.suite.ts`]);
};

const TARGETS = [
  {
    key: "postgres",
    install: installPostgres,
    run: async (POSTGRES_BIN) =>
      runSuites(node, "vitest.config.ts", work, { ...process.env, POSTGRES_BIN }, await postgresTests()),
  },
  { key: "clickhouse", countsMillion: true, install: installClickHouse, run: (CHDB) => suite("clickhouse", { CHDB }) },
  { key: "dask", countsMillion: true, install: installDask, run: (PYTHON) => suite("dask", { PYTHON }) },
  { key: "swift", install: installSwift, run: () => suite("swift") },
  { key: "guide", install: installPostgres, run: (POSTGRES_BIN) => suite("guide", { POSTGRES_BIN }) },
];

try {
  await runOrThrow("npx", ["tsup", "--silent", "--no-dts"]);
  const targets = TARGETS.filter(({ key }) => only === undefined || only.split(",").includes(key));
  if (targets.some(({ countsMillion }) => countsMillion)) {
    await (await import("./export-million.mjs")).exportMillion(work);
  }
  for (const { key, install, run } of targets) {
    await reportTarget(totals, key, async () => run(await install()));
  }
} finally {
  await rm(work, { recursive: true });
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;
