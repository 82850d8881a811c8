import { DuckDBInstance } from "@duckdb/node-api";
import { openError } from "./duckdb-error.ts";
import { sqlLiteral } from "./sql-literal.ts";

/** The first version of DuckDB's files that has zstd, of February 2025. By itself DuckDB makes them for 1.0. */
const STORAGE_VERSION = "v1.2.0";

/**
 * Makes an empty database file. An instance that is opened with a storage version cannot be shared with one that is not,
 * so the file is made by another one, which lets go of it.
 */
export async function createDatabase(path: string): Promise<void> {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    // Without a name of its own it would have the file's, which for memory.duckdb is taken.
    await connection.run(`ATTACH ${sqlLiteral(path)} AS made (STORAGE_VERSION ${sqlLiteral(STORAGE_VERSION)})`);
  } catch (error) {
    throw openError(error, path);
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
