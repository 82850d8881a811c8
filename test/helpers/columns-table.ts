import type { DuckDBConnection } from "@duckdb/node-api";
import { expect } from "vitest";
import { columnsOf } from "../../src/duckdb.ts";
import { rowsOf } from "./database.ts";

/** What the table of columns must hold at any moment. */
export async function expectAgreement(connection: DuckDBConnection, options = {}): Promise<void> {
  const { sql } = await columnsOf(connection, options);
  const all = (source: string) => `SELECT * FROM (${source}) ORDER BY distinct_id`;
  expect(await rowsOf(connection, all("FROM profiles_columns"))).toEqual(await rowsOf(connection, all(sql)));
  const types = (source: string) => `SELECT column_name, column_type FROM (DESCRIBE ${source})`;
  expect(await rowsOf(connection, types("profiles_columns"))).toEqual(await rowsOf(connection, types(sql)));
}
