import type { OnWarning } from "../../engage-warning.ts";
import type { AfterWrite, SinkDriver } from "../../export/export-sink.ts";
import type { ExportTally, RowCounts, SavedTally } from "../../export/export-tally.ts";
import type { LoadedPage, PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { beginExport } from "./begin-export.ts";
import { ExportRecord } from "./export-record.ts";
import { warnOfOldTable, warnOfRows } from "./export-warnings.ts";
import { type LoadedCounts, LoadingTable } from "./loading-table.ts";
import type { ExportPlan } from "./plan-export.ts";
import { publishExport } from "./publish-export.ts";
import { checkpoint, DuplicateKeyError, type TableEngine } from "./table-engine.ts";

/** How an export treats what comes. */
export interface TableExportOptions {
  readonly batchSize: number;
  readonly onWarning: OnWarning;
}

/** Drives an export into a table, from its first page to its publishing, whichever DuckDB it is. */
export class TableDriver implements SinkDriver {
  readonly target: SinkDriver["target"];
  readonly saved: SavedTally | undefined;
  readonly batchSize: number;
  readonly #engine: TableEngine;
  readonly #plan: ExportPlan;
  readonly #onWarning: OnWarning;
  readonly #record: ExportRecord;
  #loading: LoadingTable | undefined;
  #surrogates = 0;
  #isClosed = false;

  constructor(engine: TableEngine, plan: ExportPlan, { batchSize, onWarning }: TableExportOptions) {
    this.#engine = engine;
    this.#plan = plan;
    this.#onWarning = onWarning;
    this.#record = new ExportRecord(engine, plan.tables, plan.id);
    this.target = { table: plan.tables.target.table, keyed: true };
    this.saved = plan.saved;
    this.batchSize = batchSize;
  }

  /** Nothing is written before the first page came, so that an export that fails early leaves all as it was. */
  async begin(): Promise<void> {
    if (!this.#plan.resumed) await beginExport(this.#engine, this.#plan, this.#onWarning);
    this.#loading = await LoadingTable.open(this.#engine, this.#plan.tables);
  }

  async restart(tally: ExportTally): Promise<void> {
    this.#surrogates = 0;
    await this.#record.transact(async () => {
      await this.#record.check();
      await this.#loading?.recreate();
      return tally;
    });
  }

  /** Brings pages and the record that tells of them into one transaction. */
  async write(pages: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    const loading = this.#loading;
    if (loading === undefined) return;
    try {
      await this.#add(pages, after, (page) => loading.append(page));
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      await this.#add(pages, after, (page) => loading.merge(page));
    }
  }

  async publish(tally: ExportTally): Promise<void> {
    const { target } = this.#plan.tables;
    this.#loading?.close();
    await this.#engine.checkOneInstance(target.catalog);
    const isPublished = await publishExport(this.#engine, this.#plan, this.#record, tally);
    await this.#close();
    const result = tally.result();
    if (isPublished) await this.#engine.confirm(target, result.totalRows);
    warnOfRows(result, this.#surrogates, this.#onWarning);
    if (this.#plan.mode === "replace") warnOfOldTable(result, this.#onWarning);
  }

  async leave(): Promise<void> {
    await this.#close();
  }

  async #add(
    pages: readonly PageResult<ProfileRow>[],
    after: AfterWrite,
    addPage: (page: LoadedPage<ProfileRow>) => Promise<LoadedCounts>,
  ): Promise<void> {
    let surrogates = 0;
    await this.#record.transact(async () => {
      const counts: (RowCounts | undefined)[] = [];
      for (const page of pages) {
        const added = page.status === "loaded" ? await addPage(page) : undefined;
        counts.push(added);
        surrogates += added?.surrogates ?? 0;
      }
      return after(counts);
    });
    this.#surrogates += surrogates;
  }

  async #close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      this.#loading?.close();
      await this.#record.release();
      await checkpoint(this.#engine, this.#plan.tables.target.catalog);
    } finally {
      await this.#engine.close();
    }
  }
}
