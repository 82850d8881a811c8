import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** The address of an entry of the built package, for a script. */
export const dist = (entry: string): string => new URL(`../../dist/${entry}.js`, import.meta.url).href;

/**
 * Runs a module in a process of its own, in which no file may become larger than `limit`, in blocks of 1,024 bytes.
 *
 * @returns what killed it, if something did, and what it said
 */
export function runLimited(script: string, limit: string): { signal: NodeJS.Signals | null; said: string } {
  const node = [process.execPath, "--input-type=module", "--eval", script];
  const { stdout, stderr, signal } = spawnSync("bash", ["-c", `ulimit -f ${limit}; exec "$@"`, "bash", ...node], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return { signal, said: stdout };
}
