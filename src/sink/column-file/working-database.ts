import { isEngageError } from "../../engage-error.ts";
import { checkDirectory, databaseFile } from "../duckdb/database-file.ts";
import { openDatabase } from "../duckdb/duckdb-database.ts";
import { unreadableState } from "../file/json-file.ts";
import type { OutputFile } from "../file/output-file.ts";
import { refuse, statOf } from "../file/output-file.ts";
import { locateTables } from "../table/locate-tables.ts";
import { type ExportState, exportState } from "../table/plan-export.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { TableEngine } from "../table/table-engine.ts";
import type { ExportTables } from "../table/table-name.ts";

/** What the working database of an earlier run holds. */
export interface WorkingState extends ExportState {
  /** Identifies the file that it has put in place, if it has. */
  readonly fileId: string | undefined;
}

/** A working database that is open, and where its rows are. */
export interface WorkingDatabase {
  readonly engine: TableEngine;
  readonly tables: ExportTables;
}

/** Tells which file the rows have become; the records of the export are beside the table. */
const FILE_TABLE = "_engage_file";
const TABLE = "profiles";

/** The database beside the file in which its rows collect. */
export function fileWorkingPath({ path }: OutputFile): string {
  return `${path}.unfinished.duckdb`;
}

/** Opens the working database, and makes it if there is none. */
export async function openWorking(path: string, memoryLimit: string | undefined): Promise<WorkingDatabase> {
  const engine = await openDatabase({ path });
  try {
    if (memoryLimit !== undefined) await engine.query(`SET memory_limit = ${sqlLiteral(memoryLimit)}`);
    return { engine, tables: await locateTables(engine, { table: TABLE }) };
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/**
 * What an earlier run left, or undefined if it left nothing.
 *
 * @throws {EngageError} `usage`, if the database is somebody else's or damaged; `locked`
 */
export async function readWorking(path: string): Promise<WorkingState | undefined> {
  checkDirectory(databaseFile(path));
  const found = await statOf(path);
  if (found === undefined) return undefined;
  if (!found.isFile())
    refuse("something else has the name that is needed until the export is finished; move it away", path);
  const { engine, tables } = await openWorking(path, undefined).catch((error) => {
    if (isEngageError(error) && error.code === "locked") throw error;
    throw unreadableState(path, "its file is damaged or not ours", error);
  });
  try {
    const names = await engine.query("SELECT table_name AS name FROM duckdb_tables() WHERE NOT internal");
    // One that was killed before it wrote anything is empty.
    if (names.length === 0) return undefined;
    if (!names.some(({ name }) => name === FILE_TABLE)) {
      refuse("another database has the name that is needed until the export is finished; move it away", path);
    }
    const [known] = await engine.query(`SELECT * FROM ${FILE_TABLE}`);
    return { ...(await exportState(engine, tables)), fileId: known?.file_id ? String(known.file_id) : undefined };
  } finally {
    await engine.close();
  }
}

/** Makes a new database known for one of ours. */
export async function beginWorking(engine: TableEngine): Promise<void> {
  await engine.query(`CREATE TABLE ${FILE_TABLE} AS SELECT NULL::VARCHAR AS file_id`);
}

/** Writes down which file comes into its place, so that a later run knows it for its own. */
export async function rememberFile(engine: TableEngine, fileId: string): Promise<void> {
  await engine.query(`UPDATE ${FILE_TABLE} SET file_id = $1`, [fileId]);
}
