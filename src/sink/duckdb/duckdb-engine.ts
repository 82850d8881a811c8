import type { DuckDBAppender, DuckDBConnection, DuckDBInstance, DuckDBMaterializedResult } from "@duckdb/node-api";
import { EngageError } from "../../engage-error.ts";
import type { SqlRecord, SqlValue, TableAppender, TableEngine } from "../table/table-engine.ts";
import { sqlName, type TableName } from "../table/table-name.ts";
import { checkOneInstance, type DatabaseFile, databaseFile, prepareFile } from "./database-file.ts";
import { rowsInto } from "./duckdb-append.ts";
import { appendError, inWords, openError } from "./duckdb-error.ts";
import { type NativeDuckDB, nativeDuckDB } from "./native-duckdb.ts";

/**
 * At the default of 16 MB 100 pages of 1,000 took 2.2 times as long, since a checkpoint writes row groups that are not full
 * once more. A log of 103 MB was replayed in 0.4 s after a kill.
 */
const CHECKPOINT_THRESHOLD = "256MB";

/** Rows of a full row group. With a checkpoint after each of them 300 pages took 0.92 of the CPU time, and 0.85 of the file. */
const ROW_GROUP_SIZE = 122_880;

/** Settings of an instance that nobody else has opened. What the path and the first bytes let through needs no extension. */
const SETTINGS = [
  ["checkpoint_threshold", CHECKPOINT_THRESHOLD],
  ["autoinstall_known_extensions", "false"],
  ["autoload_known_extensions", "false"],
] as const;

/** The native DuckDB. */
export class DuckDBEngine implements TableEngine {
  readonly jsonTypes = ["JSON"] as const;
  readonly rowsPerCheckpoint: number | undefined;
  readonly #native: NativeDuckDB;
  readonly #connection: DuckDBConnection;
  readonly #opened: OpenedFile | undefined;

  private constructor(native: NativeDuckDB, connection: DuckDBConnection, opened?: OpenedFile) {
    this.#native = native;
    this.#connection = connection;
    this.#opened = opened;
    this.rowsPerCheckpoint = opened === undefined || opened.settings.length === 0 ? undefined : ROW_GROUP_SIZE;
  }

  /** Opens a database file, and makes it if there is none. Others in this process can open it meanwhile by `fromCache`. */
  static async open(file: DatabaseFile): Promise<DuckDBEngine> {
    const native = await nativeDuckDB();
    let instance: DuckDBInstance | undefined;
    let connection: DuckDBConnection | undefined;
    try {
      const isShared = await prepareFile(native, file);
      // A second instance of a file that is open in this process would lose rows silently.
      instance = await native.api.DuckDBInstance.fromCache(file.path);
      connection = await instance.connect();
      // Whoever shares the instance keeps the settings that it has.
      const settings = isShared ? [] : SETTINGS;
      for (const [name, value] of settings) await connection.run(`SET ${name} = '${value}'`);
      return new DuckDBEngine(native, connection, { file, instance, settings: settings.map(([name]) => name) });
    } catch (error) {
      // A connection that is left open keeps the file open, and whoever opens it next waits for that to end.
      connection?.closeSync();
      instance?.closeSync();
      throw openError(error, file.asked);
    }
  }

  /** Uses a connection of somebody else's, who closes it. */
  static async over(connection: DuckDBConnection): Promise<DuckDBEngine> {
    return new DuckDBEngine(await nativeDuckDB(), connection);
  }

  async query(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRecord[]> {
    return inWords(this.#label, async () => {
      return recordsOf(await this.#connection.run(sql, values && [...values]), this.#native);
    });
  }

  async appender({ catalog, schema, table }: TableName): Promise<TableAppender> {
    const appender = await inWords(this.#label, () => this.#connection.createAppender(table, schema, catalog));
    const appendRows = rowsInto(appender, this.#connection, this.#native);
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

  async checkOneInstance(catalog: string): Promise<void> {
    const [found] = await this.query("SELECT path FROM duckdb_databases() WHERE database_name = $1", [catalog]);
    // A database in memory has none.
    if (found?.path) checkOneInstance(databaseFile(String(found.path)));
  }

  async close(): Promise<void> {
    if (this.#opened === undefined) return;
    const { instance, settings } = this.#opened;
    try {
      // Somebody else may have opened the instance meanwhile, and go on with it.
      for (const name of settings) await this.#connection.run(`RESET ${name}`);
    } catch {
      // A checkpoint that failed has made the instance unfit for anything; what is committed is in the log.
    } finally {
      this.#connection.closeSync();
      instance.closeSync();
    }
  }

  async confirm(name: TableName, rows: number): Promise<void> {
    if (this.#opened === undefined || checkOneInstance(this.#opened.file)) return;
    const { file } = this.#opened;
    const again = await DuckDBEngine.open(file);
    const found = await again.query(`SELECT count(*) AS rows FROM ${sqlName(name)}`).catch(() => []);
    await again.close();
    if (Number(found[0]?.rows ?? 0) >= rows) return;
    const reason =
      "another instance of DuckDB, perhaps in this process, has overwritten what was published; close that one";
    throw new EngageError("write-failed", `Cannot find the rows in the database, ${reason}: ${file.asked}`);
  }

  /** How errors call the database. */
  get #label(): string {
    return this.#opened?.file.asked ?? "connection";
  }
}

/** A file that an engine has opened. */
interface OpenedFile {
  readonly file: DatabaseFile;
  readonly instance: DuckDBInstance;
  /** Settings to be taken back. */
  readonly settings: readonly string[];
}

/** At once: the asynchronous ways to the rows wait for a thread twice, and a page asks for one each time. */
function recordsOf(result: DuckDBMaterializedResult, { api }: NativeDuckDB): readonly SqlRecord[] {
  const { JSDuckDBValueConverter, ResultReturnType } = api;
  if (result.returnType !== ResultReturnType.QUERY_RESULT) return [];
  const names = result.deduplicatedColumnNames();
  const chunks = Array.from({ length: result.chunkCount }, (_, index) => result.getChunk(index));
  const rows = chunks.flatMap((chunk) => chunk.convertRows(JSDuckDBValueConverter));
  return rows.map((row) => Object.fromEntries(names.map((name, column) => [name, row[column]])));
}

/** Leaves nothing in the appender if `fill` fails, or the flush. */
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
