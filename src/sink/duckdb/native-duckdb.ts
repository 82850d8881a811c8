import type * as api from "@duckdb/node-api";
import type bindings from "@duckdb/node-bindings";
import { EngageError } from "../../engage-error.ts";

/** DuckDB's native library. */
export interface NativeDuckDB {
  readonly api: typeof api;
  /** Beneath `api`, which has no way for bytes into a column of text. */
  readonly bindings: typeof bindings;
}

let loaded: NativeDuckDB | undefined;

/**
 * Loads DuckDB when it is first used. A static import of two CommonJS packages that cannot be loaded ends a process on
 * Node 20, even if it catches the failed import; and the first of them must have failed before the second is asked for.
 *
 * @throws {EngageError} `usage`, if it is not installed
 */
export async function nativeDuckDB(): Promise<NativeDuckDB> {
  try {
    loaded ??= { api: await import("@duckdb/node-api"), bindings: (await import("@duckdb/node-bindings")).default };
    return loaded;
  } catch (error) {
    const [reason = ""] = String(error instanceof Error ? error.message : error).split("\n");
    const message = `Cannot use DuckDB, its native library is missing; install it with \`npm install --include=optional @duckdb/node-api\`, or export to NDJSON, which works without it: ${reason}`;
    throw new EngageError("usage", message, { cause: error });
  }
}
