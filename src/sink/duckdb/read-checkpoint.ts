import type { Checkpoint } from "../../export/checkpoint.ts";
import { locateTables } from "../table/locate-tables.ts";
import { exportState } from "../table/plan-export.ts";
import { type TableOptions, tableOptions } from "../table/table-sink-options.ts";
import { checkDatabaseOptions, type DatabaseOptions, isThere, openDatabase } from "./duckdb-database.ts";

/** Which database and which table. */
export type ReadCheckpointOptions = DatabaseOptions & TableOptions;

/**
 * Where the last export into a table that was not finished goes on, or undefined if there is none.
 *
 * @throws {EngageError} `usage`, `locked`, or what else keeps the database from being opened
 * @example
 * ```ts
 * const checkpoint = await readCheckpoint("profiles.duckdb");
 * if (checkpoint) console.log(`${checkpoint.nextPage} pages reached, ${checkpoint.failedPages.length} missing`);
 * ```
 */
export async function readCheckpoint(options: string | ReadCheckpointOptions): Promise<Checkpoint | undefined> {
  const given: ReadCheckpointOptions = typeof options === "string" ? { path: options } : options;
  checkDatabaseOptions(given);
  const names = tableOptions(given);
  if (!isThere(given)) return undefined;
  const engine = await openDatabase(given);
  try {
    const { canResume, unfinished } = await exportState(engine, await locateTables(engine, names));
    return canResume ? unfinished?.saved?.checkpoint : undefined;
  } finally {
    await engine.close();
  }
}
