import { DuckDBInstance } from "@duckdb/node-api";

/** The rows a statement returns from a database file, as arrays. */
export async function rowsIn(path: string, sql: string): Promise<unknown[][]> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJS();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
