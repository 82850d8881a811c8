import type { AsyncDuckDBConnection } from "@duckdb/duckdb-wasm";
import type { DuckDBConnection } from "@duckdb/duckdb-wasm/blocking";
import type { ProfileColumns } from "../columns/profile-columns.ts";
import { appendError, inWords } from "../duckdb/duckdb-error.ts";
import { COLUMN_LIST } from "../table/profile-table.ts";
import type { SqlRecord, SqlValue, TableAppender, TableEngine } from "../table/table-engine.ts";
import { sqlName, type TableName } from "../table/table-name.ts";
import { arrowStream } from "./arrow-stream.ts";
import { hasJsonExtension } from "./json-extension.ts";

/** A connection to the worker, or of the blocking bindings. */
export type WasmConnection = AsyncDuckDBConnection | DuckDBConnection;

// Arrow data can be inserted into the database in use only. The way through a temporary table leads into every one, and
// took no longer where it was measured: 50,000 rows of 1 KB in 1.9 s, without it in 2.0 s.
const ARRIVED: TableName = { catalog: "temp", schema: "main", table: "_engage_arrived" };

/** How errors call the database. */
const LABEL = "duckdb-wasm";

/** DuckDB in WebAssembly. */
export class DuckDBWasmEngine implements TableEngine {
  readonly jsonTypes: TableEngine["jsonTypes"];
  readonly rowsPerCheckpoint = undefined;
  readonly #connection: WasmConnection;
  readonly #isOwn: boolean;

  private constructor(connection: WasmConnection, isOwn: boolean, hasJson: boolean) {
    this.#connection = connection;
    this.#isOwn = isOwn;
    this.jsonTypes = hasJson ? ["JSON", "VARCHAR"] : ["VARCHAR", "JSON"];
  }

  /** Uses a connection, and closes it in the end if it `isOwn`. */
  static async over(connection: WasmConnection, isOwn: boolean): Promise<DuckDBWasmEngine> {
    const hasJson = await inWords(LABEL, () => hasJsonExtension((sql) => run(connection, sql)));
    return new DuckDBWasmEngine(connection, isOwn, hasJson);
  }

  query(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRecord[]> {
    return inWords(LABEL, () => run(this.#connection, sql, values));
  }

  async appender(name: TableName): Promise<TableAppender> {
    return {
      append: (rows) => inWords(LABEL, () => appendRows(this.#connection, name, rows)),
      close: () => {},
    };
  }

  /** Its files are its own. */
  async checkOneInstance(): Promise<void> {}

  async confirm(): Promise<void> {}

  async close(): Promise<void> {
    if (this.#isOwn) await this.#connection.close();
  }
}

async function appendRows(connection: WasmConnection, name: TableName, rows: ProfileColumns): Promise<void> {
  await run(
    connection,
    `CREATE TEMP TABLE ${sqlName(ARRIVED)} (distinct_id VARCHAR, last_seen TIMESTAMP, properties VARCHAR)`,
  );
  await connection.insertArrowFromIPCStream(arrowStream(rows), {
    schema: ARRIVED.catalog,
    name: ARRIVED.table,
    create: false,
  });
  try {
    await run(
      connection,
      `INSERT INTO ${sqlName(name)} (${COLUMN_LIST}) SELECT ${COLUMN_LIST} FROM ${sqlName(ARRIVED)}`,
    );
  } catch (error) {
    throw appendError(error);
  }
  await run(connection, `DROP TABLE ${sqlName(ARRIVED)}`);
}

async function run(
  connection: WasmConnection,
  sql: string,
  values: readonly SqlValue[] = [],
): Promise<readonly SqlRecord[]> {
  if (values.length === 0) return (await connection.query(sql)).toArray();
  const statement = await connection.prepare(sql);
  try {
    return (await statement.query(...values)).toArray();
  } finally {
    await statement.close();
  }
}
