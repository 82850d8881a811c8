import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  JSDuckDBValueConverter,
  ResultReturnType,
} from "@duckdb/node-api";
import { quoteIdentifier } from "../table/quote-identifier.ts";
import { sqlLiteral } from "../table/sql-literal.ts";
import type { SqlRecord, SqlValue, TableAppender, TableEngine } from "../table/table-engine.ts";
import type { TableName } from "../table/table-name.ts";
import { rowsInto } from "./duckdb-append.ts";
import { appendError, inWords, openError } from "./duckdb-error.ts";

/**
 * At the default of 16 MB 100 pages of 1,000 took 2.2 times as long, since row groups are rewritten again and again; at 64 MB
 * 1.08 times, and as long for 400 with 47 MB less of memory. A log of 103 MB was replayed in 0.4 s after a kill, and the
 * checkpoint of a full one took up to 1 s, which an interrupted export has to wait for.
 */
const CHECKPOINT_THRESHOLD = "128MB";

/** The first version of DuckDB's files that has zstd, of February 2025. By itself DuckDB makes them for 1.0. */
const STORAGE_VERSION = "v1.2.0";

/**
 * In rows. A checkpoint writes row groups side by side, and again those that are not full: with DuckDB's 122,880 it took 1.1
 * times as long for 100 pages of 1,000 and 1.16 times for 400.
 */
const ROW_GROUP_SIZE = 20_480;

/** DuckDB counts the transactions of a database that it opens from here on. */
const FIRST_TRANSACTION = 2n;

/** The native DuckDB. */
export class DuckDBEngine implements TableEngine {
  readonly jsonTypes = ["JSON"] as const;
  readonly #connection: DuckDBConnection;
  readonly #instance: DuckDBInstance | undefined;
  readonly #label: string;

  private constructor(connection: DuckDBConnection, instance: DuckDBInstance | undefined, label: string) {
    this.#connection = connection;
    this.#instance = instance;
    this.#label = label;
  }

  /** Opens a database file. */
  static open(path: string): Promise<DuckDBEngine> {
    return DuckDBEngine.#open(path, async () => {});
  }

  /** Makes a database file. It can be opened by others in this process from then on, as any other. */
  static create(path: string): Promise<DuckDBEngine> {
    return DuckDBEngine.#open(path, attachAgain);
  }

  static async #open(path: string, prepare: (connection: DuckDBConnection) => Promise<void>): Promise<DuckDBEngine> {
    let instance: DuckDBInstance | undefined;
    let connection: DuckDBConnection | undefined;
    try {
      // A second instance of a file that is open in this process would lose rows silently.
      instance = await DuckDBInstance.fromCache(path);
      connection = await instance.connect();
      await prepare(connection);
      await connection.run(`SET checkpoint_threshold = '${CHECKPOINT_THRESHOLD}'`);
      return new DuckDBEngine(connection, instance, path);
    } catch (error) {
      // A connection that is left open keeps the file open, and whoever opens it next waits for that to end.
      connection?.closeSync();
      instance?.closeSync();
      throw openError(error, path);
    }
  }

  /** Uses a connection of somebody else's, who closes it. */
  static over(connection: DuckDBConnection): DuckDBEngine {
    return new DuckDBEngine(connection, undefined, "connection");
  }

  get isAlone(): boolean {
    return this.#instance !== undefined;
  }

  async query(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRecord[]> {
    return inWords(this.#label, async () => recordsOf(await this.#connection.run(sql, values && [...values])));
  }

  async appender({ catalog, schema, table }: TableName): Promise<TableAppender> {
    const appender = await inWords(this.#label, () => this.#connection.createAppender(table, schema, catalog));
    const appendRows = rowsInto(appender, this.#connection);
    let open = true;
    return {
      append: (rows) => inWords(this.#label, async () => append(appender, () => appendRows(rows))),
      close: () => {
        if (!open) return;
        open = false;
        // What was not flushed would be inserted by closing, outside of any transaction.
        appender.clear();
        appender.closeSync();
      },
    };
  }

  async close(): Promise<void> {
    if (this.#instance === undefined) return;
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

/**
 * Gives the database of an instance, whose file is new and empty, the options that only `ATTACH` has. It keeps its name, so
 * that whoever opens the file in this process still gets this instance and finds the database in it. Where somebody did so
 * at the same moment and has begun to use it, it stays as it is.
 */
async function attachAgain(connection: DuckDBConnection): Promise<void> {
  const result = await connection.run(
    `SELECT txid_current() AS transaction, database_name AS name, path FROM duckdb_databases()
      WHERE database_name = current_database()`,
  );
  const [found] = recordsOf(result);
  if (found?.transaction !== FIRST_TRANSACTION) return;
  const name = String(found.name);
  const database = quoteIdentifier(name);
  const aside = quoteIdentifier(`${name} aside`);
  // What is in use cannot be detached. A name alone may also be that of a schema.
  await connection.run(
    `ATTACH ':memory:' AS ${aside}; USE ${aside}.main; DETACH ${database};
      ATTACH ${sqlLiteral(String(found.path))} AS ${database} (STORAGE_VERSION '${STORAGE_VERSION}', ROW_GROUP_SIZE ${ROW_GROUP_SIZE});
      USE ${database}.main; DETACH ${aside}`,
  );
}

/** At once: the asynchronous ways to the rows wait for a thread twice, and a page asks for one each time. */
function recordsOf(result: DuckDBMaterializedResult): readonly SqlRecord[] {
  if (result.returnType !== ResultReturnType.QUERY_RESULT) return [];
  const names = result.deduplicatedColumnNames();
  const chunks = Array.from({ length: result.chunkCount }, (_, index) => result.getChunk(index));
  const rows = chunks.flatMap((chunk) => chunk.convertRows(JSDuckDBValueConverter));
  return rows.map((row) => Object.fromEntries(names.map((name, column) => [name, row[column]])));
}

/** Leaves nothing in the appender where `fill` fails, or the flush. */
function append(appender: DuckDBAppender, fill: () => void): void {
  try {
    fill();
    appender.flushSync();
  } catch (error) {
    // What is left in the appender would be inserted by its next flush, or when it is closed.
    appender.clear();
    throw appendError(error);
  }
}
