// Runs the suites on every runtime; what is missing is installed, outside the project. `--only bun,deno` runs some of
// them: node, node22, node24, node26, bun, deno, chromium, page. The last line says `N passed, N failed`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installChromium } from "./chromium.mjs";
import { installPackage } from "./install-package.mjs";
import { runOrThrow } from "./run-process.mjs";
import { runPage, runSuites } from "./run-suites.mjs";
import { RUNTIMES } from "./runtimes.mjs";
import { startHub } from "./start-hub.mjs";

process.chdir(fileURLToPath(new URL("../../", import.meta.url)));
const { only } = parseArgs({ options: { only: { type: "string" } } }).values;
const work = await mkdtemp(join(tmpdir(), "engage-export-suites-"));
const totals = { passed: 0, failed: 0 };

try {
  await runOrThrow("npm", ["run", "build"]);
  const [hub, project] = await Promise.all([startHub(work), installPackage(work)]);
  const env = { ...process.env, SIMULATOR_HUB: hub.url, INSTALLED_PROJECT: project };
  const node = { command: process.execPath, flags: [] };
  const targets = [
    ...RUNTIMES.map((runtime) => ({
      ...runtime,
      run: (command) => runSuites({ command, flags: runtime.flags }, "test/runtime/vitest.config.ts", work, env),
    })),
    {
      key: "chromium",
      name: "Chromium",
      install: installChromium,
      run: (command) => runSuites(node, "test/runtime/browser/vitest.config.ts", work, { ...env, CHROMIUM: command }),
    },
    {
      key: "page",
      name: "The page in Chromium",
      install: installChromium,
      run: (command) => runPage({ ...env, CHROMIUM: command }),
    },
  ];
  for (const target of targets) {
    if (only === undefined || only.split(",").includes(target.key)) await report(target);
  }
  await hub.close();
} finally {
  await rm(work, { recursive: true });
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;

/** Runs one target and prints its line; what it said only where something failed. */
async function report({ name, install, run }) {
  const startedAt = Date.now();
  let label = name;
  let outcome;
  try {
    const command = await install();
    const [version] = (await runOrThrow(command, ["--version"])).match(/\d+(\.\d+)+/) ?? [];
    label = `${name} ${version}`;
    outcome = await run(command);
  } catch (error) {
    outcome = { passed: 0, failed: 1, output: String(error) };
  }
  const { passed, failed, output } = outcome;
  totals.passed += passed;
  totals.failed += failed;
  if (failed > 0) console.log(output);
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  console.log(`${label.padEnd(36)} ${passed} passed, ${failed} failed  (${seconds} s)`);
}
