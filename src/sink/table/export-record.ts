import { EngageError } from "../../engage-error.ts";
import type { TableMode } from "../../export/export-sink.ts";
import type { ExportTally } from "../../export/export-tally.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import { type RecordedExport, recordedColumns, recordedExport, recordedTime } from "../../export/recorded-export.ts";
import { sqlAssignments, sqlLiteral } from "./sql-text.ts";
import { orRollBack, type TableEngine } from "./table-engine.ts";
import { type ExportTables, sqlName, type TableName } from "./table-name.ts";

/** Makes the table of the records if there is none, and adds the columns that one of an earlier version lacks. */
export async function prepareRecords(engine: TableEngine, { records }: ExportTables): Promise<void> {
  const columns = recordColumns(engine);
  const declared = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  await engine.query(`CREATE TABLE IF NOT EXISTS ${sqlName(records)} (${declared.join(", ")})`);
  const found = await columnsOf(engine, records);
  for (const [name, type] of Object.entries(columns)) {
    if (!found.has(name)) await engine.query(`ALTER TABLE ${sqlName(records)} ADD COLUMN ${name} ${type}`);
  }
}

function recordColumns({ jsonTypes: [json] }: TableEngine): Readonly<Record<string, string>> {
  return {
    id: "VARCHAR",
    table_name: "VARCHAR",
    mode: "VARCHAR",
    shape: json,
    session: json,
    query: json,
    next_page: "BIGINT",
    failed_pages: json,
    successful_pages: "BIGINT",
    total_rows: "BIGINT",
    duplicate_profiles: "BIGINT",
    profiles_without_id: "BIGINT",
    invalid_profiles: "BIGINT",
    invalid_taken: "BIGINT",
    profiles: "BIGINT",
    started: "TIMESTAMP",
    updated: "TIMESTAMP",
    finished: "TIMESTAMP",
  };
}

async function columnsOf(engine: TableEngine, { catalog, schema, table }: TableName): Promise<ReadonlySet<string>> {
  const columns = await engine.query(
    `SELECT column_name AS name FROM duckdb_columns()
      WHERE database_name = $1 AND schema_name = $2 AND table_name = $3`,
    [catalog, schema, table],
  );
  return new Set(columns.map(({ name }) => String(name)));
}

/** The row of one export in `_engage_exports`, and the transactions that write it. */
export class ExportRecord {
  readonly #id: string;
  readonly #engine: TableEngine;
  readonly #records: string;
  readonly #table: string;

  constructor(engine: TableEngine, { records, target }: ExportTables, id: string) {
    this.#engine = engine;
    this.#records = sqlName(records);
    this.#table = target.table;
    this.#id = id;
  }

  /** Adds the row of an export that begins: part of the transaction that makes its load table. */
  async insert(mode: TableMode, shape: OutputShape, startedAt: Date): Promise<void> {
    await this.#engine.query(
      `INSERT INTO ${this.#records} (id, table_name, mode, shape, next_page, started)
        VALUES ($1, $2, $3, $4, 0, $5::TIMESTAMP)`,
      [this.#id, this.#table, mode, JSON.stringify(shape), recordedTime(startedAt)],
    );
  }

  /**
   * One transaction for what `work` writes and for the row that tells of it, rolled back if it fails. The row is written by
   * the call that commits, since each call waits for a turn of the event loop, in which another page may be read.
   *
   * @param work returns what the row is to tell
   */
  async transact(work: () => Promise<ExportTally>): Promise<void> {
    await this.#engine.query("BEGIN TRANSACTION");
    await orRollBack(this.#engine, async () => {
      const update = this.#update(await work());
      this.#checkIsThere(await this.#engine.query(`${update}; COMMIT`));
    });
  }

  /**
   * Writes the row first, in the transaction that is open, so nothing is changed if it is gone.
   *
   * @param finished whether nothing is left for a resumed run to fetch
   */
  async write(tally: ExportTally, finished: boolean): Promise<void> {
    this.#checkIsThere(await this.#engine.query(this.#update(tally, finished)));
  }

  /**
   * Gives up an unfinished export. One whose rows stay in the table stays in the table's history, as one that is not complete.
   *
   * @param published whether its rows are in the table
   */
  async drop(published: boolean): Promise<void> {
    const how = published
      ? `UPDATE ${this.#records} SET finished = updated, successful_pages = 0`
      : `DELETE FROM ${this.#records}`;
    await this.#engine.query(`${how} WHERE id = $1`, [this.#id]);
  }

  #update(tally: ExportTally, finished = false): string {
    const columns = sqlAssignments(recordedColumns(tally, finished));
    return `UPDATE ${this.#records} SET ${columns} WHERE id = ${sqlLiteral(this.#id)} RETURNING id`;
  }

  /** @param updated what the update returned */
  #checkIsThere(updated: readonly unknown[]): void {
    if (updated.length > 0) return;
    const message = `Cannot go on, the record of this export was deleted; export again: ${this.#table}`;
    throw new EngageError("write-failed", message);
  }
}

/** The last export into the target: one that is unfinished, else the newest. Its table `_engage_exports` must exist. */
export async function lastExport(
  engine: TableEngine,
  { records, target }: ExportTables,
): Promise<RecordedExport | undefined> {
  const [record] = await engine.query(
    `SELECT *, epoch_ms(started) AS started_at, epoch_ms(finished) AS finished_at FROM ${sqlName(records)}
      WHERE lower(table_name) = lower($1) ORDER BY finished IS NOT NULL, started DESC LIMIT 1`,
    [target.table],
  );
  return record && recordedExport(record);
}

/** Reads the records of finished exports, newest first, back to the one that made the table as it is. */
export async function finishedExports(
  engine: TableEngine,
  { records, target }: ExportTables,
): Promise<readonly RecordedExport[]> {
  const found = await engine.query(
    `WITH finished AS (SELECT * FROM ${sqlName(records)} WHERE lower(table_name) = lower($1) AND finished IS NOT NULL)
      SELECT *, epoch_ms(started) AS started_at, epoch_ms(finished) AS finished_at FROM finished
      WHERE started >= coalesce((SELECT max(started) FROM finished WHERE mode IN ('create', 'replace')), started)
      ORDER BY started DESC, finished DESC`,
    [target.table],
  );
  return found.map(recordedExport);
}
