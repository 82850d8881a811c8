import { EngageError } from "../../engage-error.ts";
import type { ExportMode } from "../../export/export-sink.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import type { EffectiveQuery, ExportSession } from "../../page/page-result.ts";
import { sqlLiteral } from "../table/sql-text.ts";
import type { PostgresConnection, PostgresRow } from "./postgres-connection.ts";
import type { PostgresTables } from "./postgres-tables.ts";

/** An export as its record tells of it. */
export interface RecordedExport {
  readonly id: string;
  readonly mode: ExportMode;
  readonly shape: OutputShape;
  /** Undefined if no page was committed. */
  readonly saved: Required<SavedTally> | undefined;
  readonly finishedAt: Date | undefined;
}

const COLUMNS = `id text PRIMARY KEY, table_name text, mode text, shape json, session json, query json, next_page bigint,
  failed_pages json, successful_pages bigint, total_rows bigint, duplicate_profiles bigint, profiles_without_id bigint,
  invalid_profiles bigint, invalid_taken bigint, profiles bigint, started timestamp, updated timestamp, finished timestamp`;

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
  async insert(mode: ExportMode, shape: OutputShape): Promise<void> {
    const { records, target } = this.#tables;
    await this.#connection.query(
      `INSERT INTO ${records.sql} (id, table_name, mode, shape, next_page, started) VALUES (${this.#id},
        ${sqlLiteral(target.name)}, ${sqlLiteral(mode)}, ${sqlLiteral(JSON.stringify(shape))}, 0, ${now()})`,
    );
  }

  /** Writes how far the export is; rejects if somebody has removed the row. */
  async update(tally: ExportTally, isFinished = false): Promise<void> {
    const { query, ...session } = tally.session ?? {};
    const { counts } = tally;
    const json = (value: object | undefined) => (value === undefined ? "NULL" : sqlLiteral(JSON.stringify(value)));
    const rows = await this.#connection.query(
      `UPDATE ${this.#tables.records.sql} SET session = ${json(tally.session && session)}, query = ${json(query)},
          next_page = ${tally.nextPage}, failed_pages = ${json(tally.checkpoint?.failedPages ?? [])},
          successful_pages = ${counts.successfulPages}, total_rows = ${counts.totalRows},
          duplicate_profiles = ${counts.duplicateProfiles}, profiles_without_id = ${counts.profilesWithoutId},
          invalid_profiles = ${counts.invalidProfiles}, invalid_taken = ${counts.invalidTaken},
          profiles = ${counts.profiles}, updated = ${now()}, finished = ${isFinished ? now() : "NULL"}
        WHERE id = ${this.#id} RETURNING id`,
    );
    if (rows.length > 0) return;
    const message = `Cannot go on, the record of this export was removed from ${this.#tables.records.name}; begin it anew: ${this.#tables.target.name}`;
    throw new EngageError("write-failed", message);
  }

  async delete(): Promise<void> {
    await this.#connection.query(`DELETE FROM ${this.#tables.records.sql} WHERE id = ${this.#id}`);
  }
}

/** The last export into the target: one that is unfinished, else the newest. */
export async function lastExport(
  connection: PostgresConnection,
  { records, target }: PostgresTables,
): Promise<RecordedExport | undefined> {
  const [record] = await connection.query(
    `SELECT id, mode, shape::text, session::text, query::text, next_page, failed_pages::text, successful_pages, total_rows,
        duplicate_profiles, profiles_without_id, invalid_profiles, invalid_taken, profiles,
        to_char(finished, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS finished
      FROM ${records.sql} WHERE table_name = ${sqlLiteral(target.name)}
      ORDER BY ${records.sql}.finished IS NOT NULL, started DESC LIMIT 1`,
  );
  return (
    record && {
      id: String(record.id),
      mode: record.mode as ExportMode,
      shape: JSON.parse(String(record.shape)) as OutputShape,
      saved: savedTally(record),
      finishedAt: record.finished === null ? undefined : new Date(String(record.finished)),
    }
  );
}

function savedTally(record: PostgresRow): Required<SavedTally> | undefined {
  if (record.session === null) return undefined;
  const session = JSON.parse(String(record.session)) as Partial<ExportSession>;
  return {
    checkpoint: {
      session: {
        sessionId: session.sessionId,
        total: session.total,
        pageSize: Number(session.pageSize),
        totalPages: session.totalPages,
        query: JSON.parse(String(record.query)) as EffectiveQuery,
      },
      nextPage: Number(record.next_page),
      failedPages: JSON.parse(String(record.failed_pages)) as number[],
    },
    counts: {
      successfulPages: Number(record.successful_pages),
      totalRows: Number(record.total_rows),
      duplicateProfiles: Number(record.duplicate_profiles),
      profilesWithoutId: Number(record.profiles_without_id),
      invalidProfiles: Number(record.invalid_profiles),
      invalidTaken: Number(record.invalid_taken),
      profiles: Number(record.profiles),
    },
  };
}

/** The moment in UTC, as SQL. */
function now(): string {
  return sqlLiteral(new Date().toISOString().slice(0, -1));
}
