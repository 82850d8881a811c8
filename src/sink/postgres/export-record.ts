import { EngageError } from "../../engage-error.ts";
import type { TableMode } from "../../export/export-sink.ts";
import type { ExportTally } from "../../export/export-tally.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import { type RecordedExport, recordedColumns, recordedExport, recordedTime } from "../../export/recorded-export.ts";
import { sqlAssignments, sqlLiteral } from "../table/sql-text.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import type { PostgresTables } from "./postgres-tables.ts";

const COLUMNS = `id text PRIMARY KEY, table_name text, mode text, shape json, session json, query json, next_page bigint,
  failed_pages json, successful_pages bigint, total_rows bigint, duplicate_profiles bigint, profiles_without_id bigint,
  invalid_profiles bigint, invalid_taken bigint, profiles bigint, started timestamp, updated timestamp, finished timestamp`;

const READ_COLUMNS = `id, mode, shape::text, session::text, query::text, next_page, failed_pages::text, successful_pages,
  total_rows, duplicate_profiles, profiles_without_id, invalid_profiles, invalid_taken, profiles,
  extract(epoch FROM started) * 1000 AS started_at, extract(epoch FROM record.finished) * 1000 AS finished_at`;

/** Makes the table of the records if there is none: part of a transaction, in which nobody else makes it. */
export async function createRecords(connection: PostgresConnection, { records }: PostgresTables): Promise<void> {
  await connection.query(
    `SELECT pg_advisory_xact_lock(hashtextextended(${sqlLiteral(`engage-export ${records.sql}`)}, 0));
      CREATE TABLE IF NOT EXISTS ${records.sql} (${COLUMNS})`,
  );
}

/** The row of one export in `_engage_exports`. */
export class ExportRecord {
  readonly #connection: PostgresConnection;
  readonly #tables: PostgresTables;
  readonly #id: string;

  constructor(connection: PostgresConnection, tables: PostgresTables, id: string) {
    this.#connection = connection;
    this.#tables = tables;
    this.#id = sqlLiteral(id);
  }

  /** Adds the row of an export that begins. */
  async insert(mode: TableMode, shape: OutputShape, startedAt: Date): Promise<void> {
    const { records, target } = this.#tables;
    await this.#connection.query(
      `INSERT INTO ${records.sql} (id, table_name, mode, shape, next_page, started) VALUES (${this.#id},
        ${sqlLiteral(target.name)}, ${sqlLiteral(mode)}, ${sqlLiteral(JSON.stringify(shape))}, 0,
        ${sqlLiteral(recordedTime(startedAt))})`,
    );
  }

  /** Writes how far the export is; rejects if somebody has removed the row. */
  async update(tally: ExportTally, isFinished = false): Promise<void> {
    const columns = sqlAssignments(recordedColumns(tally, isFinished));
    const rows = await this.#connection.query(
      `UPDATE ${this.#tables.records.sql} SET ${columns} WHERE id = ${this.#id} RETURNING id`,
    );
    if (rows.length > 0) return;
    const message = `Cannot go on, the record of this export was removed from ${this.#tables.records.name}; export again: ${this.#tables.target.name}`;
    throw new EngageError("write-failed", message);
  }

  /**
   * Gives up an unfinished export. One whose rows stay in the table stays in the table's history, as one that is not complete.
   *
   * @param published whether its rows are in the table
   */
  async drop(published: boolean): Promise<void> {
    const { records } = this.#tables;
    const how = published
      ? `UPDATE ${records.sql} SET finished = updated, successful_pages = 0`
      : `DELETE FROM ${records.sql}`;
    await this.#connection.query(`${how} WHERE id = ${this.#id}`);
  }
}

/** The last export into the target: one that is unfinished, else the newest. */
export async function lastExport(
  connection: PostgresConnection,
  { records, target }: PostgresTables,
): Promise<RecordedExport | undefined> {
  const [record] = await connection.query(
    `SELECT ${READ_COLUMNS} FROM ${records.sql} AS record WHERE table_name = ${sqlLiteral(target.name)}
      ORDER BY record.finished IS NOT NULL, started DESC LIMIT 1`,
  );
  return record && recordedExport(record);
}

/** Reads the records of finished exports, newest first, back to the one that made the table as it is. */
export async function finishedExports(
  connection: PostgresConnection,
  { records, target }: PostgresTables,
): Promise<readonly RecordedExport[]> {
  const found = await connection.query(
    `WITH record AS (SELECT * FROM ${records.sql} WHERE table_name = ${sqlLiteral(target.name)} AND finished IS NOT NULL)
      SELECT ${READ_COLUMNS} FROM record
      WHERE started >= coalesce((SELECT max(started) FROM record WHERE mode IN ('create', 'replace')), started)
      ORDER BY started DESC, record.finished DESC`,
  );
  return found.map(recordedExport);
}
