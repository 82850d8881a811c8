import { EngageError } from "../../engage-error.ts";
import type { Checkpoint } from "../../export/checkpoint.ts";
import type { ExportMode } from "../../export/export-sink.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import type { EffectiveQuery, ExportSession } from "../../page/page-result.ts";
import { oneByOne } from "./one-by-one.ts";
import { sqlLiteral } from "./sql-text.ts";
import { orRollBack, type SqlRecord, type SqlValue, type TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName } from "./table-name.ts";

/** An export that was begun and is not finished. */
export interface UnfinishedExport {
  readonly id: string;
  readonly mode: ExportMode;
  /** Undefined where no page was committed. */
  readonly saved: Required<SavedTally> | undefined;
}

const BEGIN = "BEGIN TRANSACTION";

const create = oneByOne();

/** Makes the table of the marks where there is none; one after the other, since two at once would conflict. */
export async function createRecords(engine: TableEngine, { marks }: ExportTables): Promise<void> {
  const [json] = engine.jsonTypes;
  await create(() =>
    engine.query(
      `CREATE TABLE IF NOT EXISTS ${sqlName(marks)} (
        id VARCHAR, table_name VARCHAR, mode VARCHAR, session ${json}, query ${json}, next_page BIGINT, failed_pages ${json},
        successful_pages BIGINT, total_rows BIGINT, duplicate_profiles BIGINT, profiles_without_id BIGINT,
        invalid_profiles BIGINT, invalid_taken BIGINT, profiles BIGINT, started TIMESTAMP, updated TIMESTAMP, finished TIMESTAMP)`,
    ),
  );
}

/** The row of one export in `_engage_exports`, and the transactions that write it. */
export class ExportRecord {
  readonly #id: string;
  readonly #engine: TableEngine;
  readonly #marks: string;
  readonly #table: string;
  #isBegun = false;

  constructor(engine: TableEngine, { marks, target }: ExportTables, id: string) {
    this.#engine = engine;
    this.#marks = sqlName(marks);
    this.#table = target.table;
    this.#id = id;
  }

  /** Adds the row of an export that begins: part of the transaction that makes its load table. */
  async insert(mode: ExportMode): Promise<void> {
    await this.#engine.query(
      `INSERT INTO ${this.#marks} (id, table_name, mode, next_page, started) VALUES ($1, $2, $3, 0, $4::TIMESTAMP)`,
      [this.#id, this.#table, mode, now()],
    );
  }

  /**
   * One transaction for what `work` writes and for the row that tells of it, rolled back where it fails, or where another
   * export has taken the place of this one. The call that commits it begins the next one on a connection that nobody else
   * can use: each call waits for a turn of the event loop, in which another page may be read, and one for `BEGIN` alone
   * took 3 ms a page. A transaction that is begun and not used holds nothing up, since DuckDB takes its snapshot at the
   * first statement; who is done calls {@link release}.
   *
   * @param work returns what the row is to tell
   */
  async transact(work: () => Promise<ExportTally>, finished = false): Promise<void> {
    try {
      await orRollBack(this.#engine, async () => {
        if (!this.#isBegun) await this.#engine.query(BEGIN);
        this.#isBegun = false;
        const update = this.#update(await work(), finished);
        const next = this.#engine.isAlone ? `; ${BEGIN}` : "";
        await this.#engine.query(`${update}; ${this.#guard}; COMMIT${next}`);
        this.#isBegun = this.#engine.isAlone;
      });
    } catch (error) {
      if (!(await this.#isGone())) throw error;
      const message = `Cannot go on, another export into the table has taken the place of this one: ${this.#table}`;
      throw new EngageError("write-failed", message, { cause: error });
    }
  }

  /** Rejects where another export has taken the place of this one: for `work` that would change its tables before the end. */
  async check(): Promise<void> {
    await this.#engine.query(this.#guard);
  }

  /** Ends the transaction that was begun and not used. */
  async release(): Promise<void> {
    if (!this.#isBegun) return;
    this.#isBegun = false;
    await this.#engine.query("ROLLBACK");
  }

  /** False where the database does not answer: then the first error is the one to tell. */
  async #isGone(): Promise<boolean> {
    const records = await this.#engine.query(this.#select).catch(() => undefined);
    return records?.length === 0;
  }

  /** An update of no row is no error. A macro may be called `error` too, but not in `system`. */
  get #guard(): string {
    return `SELECT system.main.error('gone') WHERE NOT EXISTS (${this.#select})`;
  }

  get #select(): string {
    return `SELECT id FROM ${this.#marks} WHERE id = ${sqlLiteral(this.#id)}`;
  }

  #update(tally: ExportTally, finished: boolean): string {
    const { query, ...session } = tally.session ?? {};
    const time = now();
    const row: Readonly<Record<string, SqlValue>> = {
      session: tally.session === undefined ? null : JSON.stringify(session),
      query: query === undefined ? null : JSON.stringify(query),
      next_page: tally.nextPage,
      failed_pages: JSON.stringify(tally.checkpoint?.failedPages ?? []),
      successful_pages: tally.counts.successfulPages,
      total_rows: tally.counts.totalRows,
      duplicate_profiles: tally.counts.duplicateProfiles,
      profiles_without_id: tally.counts.profilesWithoutId,
      invalid_profiles: tally.counts.invalidProfiles,
      invalid_taken: tally.counts.invalidTaken,
      profiles: tally.counts.profiles,
      updated: time,
      finished: finished ? time : null,
    };
    const columns = Object.entries(row).map(([column, value]) => `${column} = ${sqlLiteral(value)}`);
    return `UPDATE ${this.#marks} SET ${columns.join(", ")} WHERE id = ${sqlLiteral(this.#id)}`;
  }

  async delete(): Promise<void> {
    await this.#engine.query(`DELETE FROM ${this.#marks} WHERE id = $1`, [this.#id]);
  }
}

/** The last export into the target that is not finished. Its table `_engage_exports` must exist. */
export async function unfinishedExport(
  engine: TableEngine,
  { marks, target }: ExportTables,
): Promise<UnfinishedExport | undefined> {
  const [record] = await engine.query(
    `SELECT * FROM ${sqlName(marks)} WHERE lower(table_name) = lower($1) AND finished IS NULL
      ORDER BY started DESC LIMIT 1`,
    [target.table],
  );
  return record && { id: String(record.id), mode: record.mode as ExportMode, saved: savedTally(record) };
}

function savedTally(record: SqlRecord): Required<SavedTally> | undefined {
  if (record.session === null) return undefined;
  const session = JSON.parse(String(record.session)) as Partial<ExportSession>;
  const checkpoint: Checkpoint = {
    session: {
      sessionId: session.sessionId,
      total: session.total,
      pageSize: Number(session.pageSize),
      totalPages: session.totalPages,
      query: JSON.parse(String(record.query)) as EffectiveQuery,
    },
    nextPage: Number(record.next_page),
    failedPages: JSON.parse(String(record.failed_pages)) as number[],
  };
  return {
    checkpoint,
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

/** UTC as DuckDB's TIMESTAMP reads it. */
function now(): string {
  return new Date().toISOString().slice(0, -1);
}
