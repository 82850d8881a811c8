// Runs the suites on every runtime; what is missing is installed, outside the project. `--only bun,deno` runs some of
// them: node, node22, node24, node26, bun, deno, chromium, page. The last line says `N passed, N failed`.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { installChromium } from "./chromium.mjs";
import { installPackage } from "./install-package.mjs";
import { reportTarget } from "./report-target.mjs";
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
    if (only !== undefined && !only.split(",").includes(target.key)) continue;
    await reportTarget(totals, target.name, () => outcomeOf(target));
  }
  await hub.close();
} finally {
  await rm(work, { recursive: true });
}
console.log(`${totals.passed} passed, ${totals.failed} failed`);
if (totals.failed > 0 || totals.passed === 0) process.exitCode = 1;

/** Installs a runtime and runs its suites; with its version, once that is known. */
async function outcomeOf({ name, install, run }) {
  const command = await install();
  const [version] = (await runOrThrow(command, ["--version"])).match(/\d+(\.\d+)+/) ?? [];
  return { ...(await run(command)), label: `${name} ${version}` };
}
