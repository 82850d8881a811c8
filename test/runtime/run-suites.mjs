import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "./run-process.mjs";

/** Runs the suites of a vitest configuration with a runtime, all or those named: `{ passed, failed, output }`. */
export async function runSuites({ command, flags }, config, work, env, names = []) {
  const file = join(work, "report.json");
  await rm(file, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
  const { exitCode, output } = await runProcess(
    command,
    [...flags, "node_modules/vitest/vitest.mjs", "run", "--config", config, ...reporters, ...names],
    { env },
  );
  const report = await readFile(file, "utf8").then(JSON.parse, () => ({ numPassedTests: 0, numFailedTests: 0 }));
  // Vite complains of every source that duckdb-wasm's maps name and its package lacks.
  const said = output.replaceAll(/^Sourcemap for .*\n/gm, "");
  return outcome(exitCode, report.numPassedTests, report.numFailedTests, said);
}

/** Runs the tests of the example page. */
export async function runPage(env) {
  const { exitCode, output } = await runProcess(process.execPath, ["test/browser/run.mjs"], { env });
  const [, passed = 0, failed = 0] = output.match(/^(\d+) passed, (\d+) failed$/m) ?? [];
  return outcome(exitCode, Number(passed), Number(failed), output);
}

// A run that fails without a failed test, for example where a suite cannot be loaded, counts as one.
function outcome(exitCode, passed, failed, output) {
  return { passed, failed: exitCode === 0 ? failed : Math.max(failed, 1), output };
}
