import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** What a module printed with `console.log`, or why it failed. */
export interface ModuleOutcome {
  readonly printed: string;
  readonly error?: string;
}

// One follows the other when the process has nothing left to do, as if each had a process of its own.
const RUNNER = `
  import { writeFileSync } from "node:fs";
  import { format, inspect } from "node:util";
  import setUp from "./set-up.mjs";
  const directory = process.cwd();
  const outcomes = [];
  console.log = (...values) => {
    outcomes.at(-1).printed += format(...values) + "\\n";
  };
  process.on("beforeExit", async () => {
    if (outcomes.length === Number(process.argv[2])) {
      writeFileSync(directory + "/outcomes.json", JSON.stringify(outcomes));
      process.exit();
    }
    const own = directory + "/" + outcomes.length;
    const outcome = { printed: "" };
    outcomes.push(outcome);
    process.chdir(own);
    // Compiling WebAssembly does not count as something left to do.
    const busy = setInterval(() => {}, 1_000);
    try {
      await setUp(outcomes.length - 1);
      await import("file://" + own + "/module.mjs");
    } catch (error) {
      outcome.error = inspect(error);
    }
    clearInterval(busy);
  });
`;

/**
 * Runs modules one after the other in one process, since starting it takes longer than most of them, each in a directory
 * of its own. `setUp` is a module too: before each module its default export is called with the module's place.
 */
export async function runModules(
  directory: string,
  modules: readonly string[],
  setUp: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly ModuleOutcome[]> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "set-up.mjs"), setUp);
  await writeFile(join(directory, "runner.mjs"), RUNNER);
  for (const [place, code] of modules.entries()) {
    await mkdir(join(directory, String(place)));
    await writeFile(join(directory, String(place), "module.mjs"), code);
  }
  const args = ["runner.mjs", String(modules.length)];
  await promisify(execFile)(process.execPath, args, { cwd: directory, env, maxBuffer: 2 ** 26 });
  return JSON.parse(await readFile(join(directory, "outcomes.json"), "utf8"));
}
