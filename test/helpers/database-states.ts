import { copyFileSync, existsSync, readFileSync, truncateSync } from "node:fs";
import { DuckDBConnection } from "@duckdb/node-api";
import { vi } from "vitest";

/** Does `work` on the database and copies its files whenever a statement has changed them: what a kill would leave. */
export async function statesOf(path: string, work: () => Promise<unknown>): Promise<readonly string[]> {
  const states: string[] = [];
  let last = contentOf(path);
  const keep = () => {
    const content = contentOf(path);
    if (content.equals(last)) return;
    last = content;
    states.push(copyOf(path, `${path}-${states.length}`));
  };
  const run = DuckDBConnection.prototype.run;
  vi.spyOn(DuckDBConnection.prototype, "run").mockImplementation(async function (this: DuckDBConnection, ...args) {
    keep();
    const result = await run.apply(this, args);
    keep();
    return result;
  });
  await work();
  vi.restoreAllMocks();
  return states;
}

function contentOf(path: string): Buffer {
  const files = [path, `${path}.wal`].filter((file) => existsSync(file));
  return Buffer.concat(files.flatMap((file) => [Buffer.from(`${file}\0`), readFileSync(file)]));
}

function copyOf(path: string, copy: string): string {
  for (const ending of ["", ".wal"]) if (existsSync(path + ending)) copyFileSync(path + ending, copy + ending);
  return copy;
}

/** The states, and each as it is when the machine stopped in the middle of writing the log. */
export function withTornLogs(states: readonly string[]): readonly string[] {
  return states.flatMap((state) => (existsSync(`${state}.wal`) ? [state, tornCopyOf(state)] : [state]));
}

function tornCopyOf(path: string): string {
  const torn = copyOf(path, `${path}-torn`);
  truncateSync(`${torn}.wal`, Math.floor(readFileSync(`${torn}.wal`).length * 0.8));
  return torn;
}
