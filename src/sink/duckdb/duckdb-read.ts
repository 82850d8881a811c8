import type { DuckDBConnection } from "@duckdb/node-api";
import { checkFound } from "./database-file.ts";
import { openError } from "./duckdb-error.ts";
import { nativeDuckDB } from "./native-duckdb.ts";

/** What a query gives, its values ready to be printed. */
export interface Answer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/**
 * Opens a database file to ask it questions, without changing it.
 *
 * @param asked the file as messages name it
 * @throws {EngageError} if it cannot be opened
 */
export async function readDatabase<T>(
  path: string,
  use: (ask: (sql: string) => Promise<Answer>, connection: DuckDBConnection) => Promise<T>,
  asked = path,
): Promise<T> {
  const { api } = await nativeDuckDB();
  checkFound({ path, asked });
  const instance = await api.DuckDBInstance.create(path, { access_mode: "READ_ONLY" }).catch((error) => {
    throw openError(error, asked);
  });
  try {
    const connection = await instance.connect();
    try {
      return await use(async (sql) => {
        const reader = await connection.runAndReadAll(sql);
        return { columns: reader.columnNames(), rows: reader.getRowsJS().map((row) => row.map(printable)) };
      }, connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

function printable(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Date) return value.toISOString().slice(0, 19).replace("T", " ");
  return value;
}
