import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type EngageSimulator, type EngageSimulatorOptions, engageSimulator } from "../../src/simulator.ts";
import { exportFrom } from "./cli-run.ts";
import { queryFile } from "./database.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

/** A simulator of 450 profiles on 5 pages. */
export function smallSimulator(options: EngageSimulatorOptions = {}): EngageSimulator {
  return engageSimulator({ profiles: 450, pageSize: 100, ...options });
}

/** The lines that an undisturbed export of it comes to. */
export async function undisturbedLines(): Promise<string> {
  return (await exportFrom(smallSimulator(), ["--quiet"])).stdout;
}

/** The file of an export that nothing happened to. */
export async function undisturbedFile(out: string, options: EngageSimulatorOptions = {}): Promise<string> {
  const cwd = temporaryDirectory();
  await exportFrom(smallSimulator(options), ["--out", out, "--quiet"], { cwd });
  return join(cwd, out);
}

/** The rows of a file, each as text. */
export async function contentOf(path: string): Promise<readonly string[]> {
  if (path.endsWith(".duckdb")) {
    const rows = await queryFile(path, "SELECT * FROM profiles ORDER BY distinct_id");
    return rows.map((row) => JSON.stringify(row));
  }
  const bytes = readFileSync(path);
  return (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString().split("\n");
}
