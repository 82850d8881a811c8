import type { OnWarning } from "../../engage-warning.ts";
import type { ExportResult } from "../../export/export-result.ts";
import type { OnFailedPage } from "../../export/export-sink.ts";
import { ExportTally } from "../../export/export-tally.ts";
import { Outcome } from "../../export/outcome.ts";
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
  readonly onFailedPage: OnFailedPage;
  readonly onWarning: OnWarning;
}

/** An export into a table, from its first page to its result, whichever DuckDB it is. */
export class TableExport {
  readonly #engine: TableEngine;
  readonly #plan: ExportPlan;
  readonly #options: TableExportOptions;
  readonly #mark: ExportRecord;
  readonly #outcome = new Outcome<ExportResult>();
  #tally: ExportTally;
  #load: LoadingTable | undefined;
  #pending: PageResult<ProfileRow>[] = [];
  #pendingRows = 0;
  #surrogates = 0;
  #disposed = false;

  constructor(engine: TableEngine, plan: ExportPlan, options: TableExportOptions) {
    this.#engine = engine;
    this.#plan = plan;
    this.#options = options;
    this.#mark = new ExportRecord(engine, plan.tables, plan.id);
    this.#tally = new ExportTally(plan.tables.target.table, plan.saved);
  }

  get result(): Promise<ExportResult> {
    return this.#outcome.promise;
  }

  /** What is committed by now. */
  soFar(): ExportResult {
    return this.#tally.result();
  }

  /** Takes a page; commits when a batch is full. */
  write(page: PageResult<ProfileRow>): Promise<void> {
    return this.#orFail(async () => {
      if (this.#isOfAnotherSession(page)) await this.#startOver();
      if (this.#isWritten(page)) return;
      this.#pending.push(page);
      if (page.status === "loaded") this.#pendingRows += page.rows.length;
      const stop = page.status === "failed" && this.#options.onFailedPage === "stop";
      if (stop || this.#pendingRows >= this.#options.batchSize) await this.#commit();
      if (stop) throw this.#tally.incomplete();
    });
  }

  /** Commits what is in hand and publishes it. */
  async close(): Promise<void> {
    const result = await this.#orFail(async () => {
      const load = await this.#commit();
      load.close();
      await publishExport(this.#engine, this.#plan, this.#mark, this.#tally);
      await this.#dispose();
      const result = this.#tally.result();
      warnOfRows(result, this.#surrogates, this.#options.onWarning);
      if (this.#plan.mode === "replace") warnOfOldTable(result, this.#options.onWarning);
      return result;
    });
    this.#outcome.resolve(result);
    if (result.hasFailures && this.#options.onFailedPage === "finish") throw this.#tally.incomplete(result);
  }

  /** Commits the whole pages in hand, so that a resumed run goes on after them. */
  async abort(reason: unknown): Promise<void> {
    try {
      if (this.#pending.length > 0) await this.#commit();
    } finally {
      await this.#dispose().finally(() => this.#outcome.reject(reason));
    }
  }

  #isOfAnotherSession(page: PageResult<ProfileRow>): boolean {
    const session = this.#pending[0]?.session ?? this.#tally.session;
    return session !== undefined && session.sessionId !== page.session.sessionId;
  }

  /** A page that was committed must not count twice. */
  #isWritten({ pageIndex }: PageResult<ProfileRow>): boolean {
    return (
      (pageIndex < this.#tally.nextPage && !this.#tally.failedPages.includes(pageIndex)) ||
      this.#pending.some((page) => page.pageIndex === pageIndex)
    );
  }

  async #commit(): Promise<LoadingTable> {
    const load = await this.#begin();
    if (this.#pending.length === 0) return load;
    try {
      await this.#add((page) => load.append(page));
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      await this.#add((page) => load.merge(page));
    }
    this.#pending = [];
    this.#pendingRows = 0;
    return load;
  }

  /** Brings the pages in hand and the mark that tells of them into one transaction. */
  #add(addPage: (page: LoadedPage<ProfileRow>) => Promise<LoadedCounts>): Promise<void> {
    return this.#mark.transact(async () => {
      const counts: (LoadedCounts | undefined)[] = [];
      for (const page of this.#pending) counts.push(page.status === "loaded" ? await addPage(page) : undefined);
      for (const [index, page] of this.#pending.entries()) {
        this.#tally.add(page, counts[index]);
        this.#surrogates += counts[index]?.surrogates ?? 0;
      }
      return this.#tally;
    });
  }

  /** Nothing is written before the first page came, so that an export that fails early leaves all as it was. */
  async #begin(): Promise<LoadingTable> {
    if (this.#load !== undefined) return this.#load;
    if (!this.#plan.resumed) await beginExport(this.#engine, this.#plan, this.#options.onWarning);
    this.#load = await LoadingTable.open(this.#engine, this.#plan.tables);
    return this.#load;
  }

  /** Drops what this export has written: the new session may list other profiles on other pages. */
  async #startOver(): Promise<void> {
    const load = await this.#begin();
    this.#tally = this.#tally.restarted();
    this.#pending = [];
    this.#pendingRows = 0;
    this.#surrogates = 0;
    await this.#mark.transact(async () => {
      await this.#mark.check();
      await load.recreate();
      return this.#tally;
    });
  }

  /** A sink whose `write` throws never gets `abort`, so every failure gives up the database itself. */
  async #orFail<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await this.#dispose().catch(() => {});
      this.#outcome.reject(error);
      throw error;
    }
  }

  async #dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    try {
      this.#load?.close();
      await this.#mark.release();
      await checkpoint(this.#engine, this.#plan.tables.target.catalog);
    } finally {
      await this.#engine.close();
    }
  }
}
