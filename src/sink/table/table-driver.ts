import type { OnWarning } from "../../engage-warning.ts";
import type { AfterWrite, SinkDriver } from "../../export/export-sink.ts";
import type { ExportTally, RowCounts, SavedTally } from "../../export/export-tally.ts";
import type { LoadedPage, PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { columnsTableChoice } from "../derived/columns-table.ts";
import { tellChanges } from "../update/tell-changes.ts";
import { ExportRecord, prepareRecords } from "./export-record.ts";
import { warnOfLeftover, warnOfLog, warnOfLost, warnOfOldTable, warnOfRows } from "./export-warnings.ts";
import { LoadingTable } from "./loading-table.ts";
import type { PageCounts, PageRows } from "./page-rows.ts";
import { checkPlan, claimExport, type ExportPlan } from "./plan-export.ts";
import { publishExport } from "./publish-export.ts";
import { PublishedTable } from "./published-table.ts";
import {
  checkNoTransaction,
  checkpoint,
  DuplicateKeyError,
  inTransaction,
  oneByOne,
  type TableEngine,
} from "./table-engine.ts";
import { sqlName } from "./table-name.ts";
import type { TableSinkSettings } from "./table-sink-options.ts";

/** Two exports that begin at once would conflict, and neither would see the other. */
const inTurn = oneByOne();

/** How a driver treats what comes, and what it calls the table in warnings: by its name unless told otherwise. */
export interface TableDriverSettings extends Pick<TableSinkSettings, "batchSize" | "onWarning"> {
  readonly label?: string;
  /** What a table that is replaced loses, as far as the user has been told. */
  readonly toldOfLost?: readonly string[];
}

/** Drives an export into a table, from its first page to its publishing, whichever DuckDB it is. */
export class TableDriver implements SinkDriver {
  readonly target: SinkDriver["target"];
  readonly saved: SavedTally | undefined;
  readonly finishedAt: Date | undefined;
  readonly bases: SinkDriver["bases"];
  readonly batchSize: number;
  readonly #engine: TableEngine;
  readonly #onWarning: OnWarning;
  readonly #label: string;
  readonly #toldOfLost: readonly string[];
  #plan: ExportPlan;
  readonly #record: ExportRecord;
  /** Undefined before the first page. */
  #rows: PageRows | undefined;
  #release = (): void => {};
  #surrogates = 0;
  #loadedRows = 0;
  /** Rows that a checkpoint has brought into the file. */
  #checkpointRows = 0;
  #isClosed = false;

  constructor(engine: TableEngine, plan: ExportPlan, settings: TableDriverSettings) {
    const { batchSize, onWarning, label, toldOfLost = [] } = settings;
    this.#toldOfLost = toldOfLost;
    this.#engine = engine;
    this.#onWarning = onWarning;
    this.#label = label ?? plan.tables.target.table;
    this.#plan = plan;
    this.#record = new ExportRecord(engine, plan.tables, plan.id);
    this.target = { table: plan.tables.target.table, keyed: true };
    this.saved = plan.saved;
    this.finishedAt = plan.finishedAt;
    this.bases = plan.bases;
    this.batchSize = batchSize;
  }

  /** Nothing is written before the first page came, so an export that fails early leaves all as it was. */
  begin(tally: ExportTally): Promise<void> {
    return inTurn(async () => {
      const { tables, id, resumed } = this.#plan;
      this.#checkpointRows = tally.counts.totalRows;
      await checkNoTransaction(this.#engine);
      await checkPlan(this.#engine, this.#plan);
      await prepareRecords(this.#engine, tables);
      if (!resumed) await this.#startOver(tally.startedAt);
      else await this.#loadPublished();
      this.#release = claimExport(id, this.#engine);
      this.#rows = this.#plan.loading
        ? await LoadingTable.open(this.#engine, tables)
        : new PublishedTable(this.#engine, tables);
    });
  }

  async restart(tally: ExportTally): Promise<void> {
    const { tables } = this.#plan;
    this.#surrogates = 0;
    this.#checkpointRows = 0;
    await this.#record.transact(async () => {
      this.#rows?.close();
      await LoadingTable.create(this.#engine, tables);
      this.#rows = await LoadingTable.open(this.#engine, tables);
      return tally;
    });
    this.#plan = { ...this.#plan, loading: true };
  }

  /** Brings pages and the record that tells of them into one transaction. */
  async write(pages: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    const rows = this.#rows;
    if (rows === undefined) return;
    try {
      await this.#add(pages, after, (page) => rows.append(page));
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      await this.#add(pages, after, (page) => rows.merge(page));
    }
    await this.#checkpointIfDue();
  }

  async publish(tally: ExportTally): Promise<void> {
    const { target } = this.#plan.tables;
    this.#rows?.close();
    await this.#engine.checkOneInstance(target.catalog);
    const { isPublished, lost, changes } = await publishExport(this.#engine, this.#plan, this.#record, tally);
    await this.#close();
    tellChanges(tally, this.bases, changes, this.#onWarning);
    const result = tally.result();
    if (isPublished) await this.#engine.confirm(target, result.totalRows);
    const told = { ...result, table: this.#label };
    warnOfRows(told, this.#surrogates, this.#onWarning);
    if (!isPublished) warnOfOldTable(told, this.#onWarning);
    const news = lost.filter((what) => !this.#toldOfLost.includes(what));
    warnOfLost(this.#plan.tables, news, this.#onWarning);
  }

  async leave(): Promise<void> {
    await this.#close();
  }

  async #startOver(startedAt: Date): Promise<void> {
    const { tables, mode, shape, leftover } = this.#plan;
    await inTransaction(this.#engine, async () => {
      if (leftover !== undefined) {
        await this.#engine.query(`DROP TABLE IF EXISTS ${sqlName(tables.before)}`);
        await new ExportRecord(this.#engine, tables, leftover.id).drop(leftover.published);
      }
      await LoadingTable.create(this.#engine, tables);
      await this.#record.insert(mode, shape, startedAt);
    });
    this.#plan = { ...this.#plan, loading: true };
    warnOfLeftover(this.#label, leftover, this.#onWarning);
  }

  /** A table of columns is made when the export is published, and must not differ from the rows until then. */
  async #loadPublished(): Promise<void> {
    const { tables, published, loading, columns } = this.#plan;
    if (!published || loading || (await columnsTableChoice(this.#engine, tables, columns)) === undefined) return;
    await inTransaction(this.#engine, () => LoadingTable.createFromPublished(this.#engine, tables));
    this.#plan = { ...this.#plan, loading: true };
  }

  async #add(
    pages: readonly PageResult<ProfileRow>[],
    after: AfterWrite,
    addPage: (page: LoadedPage<ProfileRow>) => Promise<PageCounts>,
  ): Promise<void> {
    let surrogates = 0;
    await this.#record.transact(async () => {
      const counts: (RowCounts | undefined)[] = [];
      for (const page of pages) {
        const added = page.status === "loaded" ? await addPage(page) : undefined;
        counts.push(added);
        surrogates += added?.surrogates ?? 0;
      }
      const tally = after(counts);
      this.#loadedRows = tally.counts.totalRows;
      return tally;
    });
    this.#surrogates += surrogates;
  }

  async #checkpointIfDue(): Promise<void> {
    const { rowsPerCheckpoint = Number.POSITIVE_INFINITY } = this.#engine;
    if (this.#loadedRows < this.#checkpointRows + rowsPerCheckpoint) return;
    this.#checkpointRows = this.#loadedRows - (this.#loadedRows % rowsPerCheckpoint);
    await checkpoint(this.#engine, this.#plan.tables.target.catalog);
  }

  /** What is committed stays, also if it cannot be brought from the log into the file. */
  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      const { catalog } = this.#plan.tables.target;
      this.#rows?.close();
      if (this.#rows !== undefined) await checkpoint(this.#engine, catalog);
    } catch (error) {
      warnOfLog(error, this.#onWarning);
    } finally {
      this.#release();
      await this.#engine.close();
    }
  }
}
