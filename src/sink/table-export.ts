import { EngageError } from "../engage-error.ts";
import type { OnWarning } from "../engage-warning.ts";
import type { ExportResult } from "../export-result.ts";
import { ExportTally, type OnFailedPage } from "../export-tally.ts";
import type { LoadedPage, PageResult } from "../page-result.ts";
import type { ProfileRow } from "../profile-row.ts";
import { ExportMark } from "./export-mark.ts";
import { type LoadedCounts, LoadTable } from "./load-table.ts";
import type { ExportPlan } from "./plan-export.ts";
import { createProfileTable, occupantOf } from "./profile-table.ts";
import { publishStatements } from "./publish.ts";
import { DuplicateKeyError, inTransaction, type TableEngine } from "./table-engine.ts";
import { sqlName } from "./table-name.ts";

/** How an export treats what comes. */
export interface TableExportOptions {
  readonly batchSize: number;
  readonly onFailedPage: OnFailedPage;
  readonly onWarning: OnWarning;
}

/** An export into a table, from its first page to its result, whichever DuckDB it is. */
export class TableExport {
  readonly result: Promise<ExportResult>;
  readonly #engine: TableEngine;
  readonly #plan: ExportPlan;
  readonly #options: TableExportOptions;
  readonly #mark: ExportMark;
  #resolve: (result: ExportResult) => void = () => {};
  #reject: (reason: unknown) => void = () => {};
  #tally: ExportTally;
  #load: LoadTable | undefined;
  #pending: PageResult<ProfileRow>[] = [];
  #pendingRows = 0;
  #surrogates = 0;

  constructor(engine: TableEngine, plan: ExportPlan, options: TableExportOptions) {
    this.#engine = engine;
    this.#plan = plan;
    this.#options = options;
    this.#mark = new ExportMark(engine, plan.tables, plan.id);
    this.#tally = new ExportTally(plan.tables.target.table, plan.saved);
    this.#tally.duplicateProfiles ??= 0;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.result.catch(() => {});
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
      await this.#commit();
      await this.#publish();
      await this.#dispose();
      return this.#tally.result();
    });
    this.#warn(result);
    this.#resolve(result);
    if (result.hasFailures && this.#options.onFailedPage !== "skip") throw this.#tally.incomplete();
  }

  /** Commits the whole pages in hand, so that a resumed run goes on after them. */
  async abort(reason: unknown): Promise<void> {
    try {
      if (this.#pending.length > 0) await this.#commit();
    } finally {
      await this.#dispose().finally(() => this.#reject(reason));
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

  async #commit(): Promise<void> {
    const load = await this.#begin();
    if (this.#pending.length === 0) return;
    try {
      await this.#add((page) => load.append(page));
    } catch (error) {
      if (!(error instanceof DuplicateKeyError)) throw error;
      await this.#add((page) => load.merge(page));
    }
    this.#pending = [];
    this.#pendingRows = 0;
  }

  /** Brings the pages in hand and the mark that tells of them into one transaction. */
  #add(addPage: (page: LoadedPage<ProfileRow>) => Promise<LoadedCounts>): Promise<void> {
    return inTransaction(this.#engine, async () => {
      const counts: (LoadedCounts | undefined)[] = [];
      for (const page of this.#pending) counts.push(page.status === "loaded" ? await addPage(page) : undefined);
      for (const [index, page] of this.#pending.entries()) {
        this.#tally.add(page, counts[index]);
        this.#surrogates += counts[index]?.surrogates ?? 0;
      }
      await this.#mark.update(this.#tally);
    });
  }

  /** Makes the load table where this export has none. Nothing is written before the first page came. */
  async #begin(): Promise<LoadTable> {
    if (this.#load !== undefined) return this.#load;
    const { tables, mode, leftover, resumed } = this.#plan;
    if (!resumed) {
      await inTransaction(this.#engine, async () => {
        if (leftover !== undefined) {
          await this.#engine.query(`DROP TABLE IF EXISTS ${sqlName(tables.loading)}`);
          await this.#engine.query(`DROP TABLE IF EXISTS ${sqlName(tables.before)}`);
          await new ExportMark(this.#engine, tables, leftover.id).delete();
        }
        await this.#engine.query(createProfileTable(tables.loading));
        await this.#mark.insert(tables, mode);
      });
      if (leftover?.saved !== undefined) {
        this.#options.onWarning({
          code: "unfinished-export-dropped",
          message: `An unfinished export into ${tables.target.table} was dropped with its ${leftover.saved.counts.totalRows} rows, since this one began afresh`,
        });
      }
    }
    this.#load = await LoadTable.open(this.#engine, tables.loading);
    return this.#load;
  }

  /** Drops what this export has written: the new session may list other profiles on other pages. */
  async #startOver(): Promise<void> {
    const load = await this.#begin();
    const { startedAt, table } = this.#tally;
    this.#tally = Object.assign(new ExportTally(table), { startedAt, duplicateProfiles: 0 });
    this.#pending = [];
    this.#pendingRows = 0;
    this.#surrogates = 0;
    await inTransaction(this.#engine, async () => {
      await load.recreate();
      await this.#mark.update(this.#tally);
    });
  }

  async #publish(): Promise<void> {
    const { tables, mode, published } = this.#plan;
    const { complete, hasFailures } = this.#tally.result();
    const final = mode === "replace" ? complete : !hasFailures;
    this.#load?.close();
    const occupant = await occupantOf(this.#engine, tables.target);
    if (mode === "create" && !published && occupant !== "nothing") {
      throw new EngageError(
        "table-exists",
        `Cannot publish, the table was made meanwhile; drop it and resume: ${tables.target.table}`,
      );
    }
    const state = { mode, published, final, targetExists: occupant === "table" };
    await inTransaction(this.#engine, async () => {
      for (const statement of publishStatements(tables, state)) await this.#engine.query(statement);
      await this.#mark.update(this.#tally, final);
    });
  }

  #warn({ profilesWithoutId, complete, table }: ExportResult): void {
    const { onWarning } = this.#options;
    if (profilesWithoutId > 0) {
      const what =
        profilesWithoutId === 1 ? "1 profile has no id and was" : `${profilesWithoutId} profiles have no id and were`;
      onWarning({ code: "profiles-without-id", message: `${what} left out of ${table}` });
    }
    if (this.#surrogates > 0) {
      const what = this.#surrogates === 1 ? "1 lone surrogate was" : `${this.#surrogates} lone surrogates were`;
      onWarning({ code: "surrogates-replaced", message: `${what} stored as \\ufffd, since DuckDB cannot read them` });
    }
    if (this.#plan.mode === "replace" && !complete) {
      onWarning({
        code: "difference",
        message: `${table} was not replaced, since the export is not complete: what came waits in ${this.#plan.tables.loading.table}`,
      });
    }
  }

  /** A sink whose `write` throws never gets `abort`, so every failure gives up the database itself. */
  async #orFail<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      await this.#dispose().catch(() => {});
      this.#reject(error);
      throw error;
    }
  }

  async #dispose(): Promise<void> {
    try {
      this.#load?.close();
      await this.#engine.checkpoint(this.#plan.tables.target.catalog);
    } finally {
      await this.#engine.close();
    }
  }
}
