import { EngageError } from "../engage-error.ts";
import { guarded } from "../engage-warning.ts";
import { checkPage } from "../page/check-page.ts";
import type { ExportSession, PageResult } from "../page/page-result.ts";
import type { ProfileRow } from "../page/profile-row.ts";
import type { ExportResult } from "./export-result.ts";
import type { FinishedExport, SinkDriver, SinkSettings } from "./export-sink.ts";
import { ExportTally, type RowCounts } from "./export-tally.ts";

/** The life of a sink, from its first page to its result, whatever it writes into. */
export class SinkLife {
  readonly result: Promise<ExportResult>;
  readonly #driver: SinkDriver;
  readonly #settings: SinkSettings;
  #tally: ExportTally;
  /** Pages that are collected for one `write`. */
  #batch: PageResult<ProfileRow>[] = [];
  #batchRows = 0;
  #checked: ExportSession | undefined;
  #hasBegun = false;
  /** Whether a page was taken: until then another session comes from outside of this run. */
  #hasTaken = false;
  #isOver = false;
  #controller: WritableStreamDefaultController | undefined;
  /** What the driver is doing: it is closed only when that has settled. */
  #underWay: Promise<unknown> = Promise.resolve();
  #resolve: (result: ExportResult) => void = () => {};
  #reject: (reason: unknown) => void = () => {};

  constructor(driver: SinkDriver, settings: SinkSettings) {
    this.#driver = driver;
    this.#settings = { ...settings, onWarning: guarded(settings.onWarning) };
    this.#tally = new ExportTally(driver.target, driver.saved);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.result.catch(() => {});
    if (driver.finishedAt === undefined) return;
    this.#isOver = true;
    this.#resolve(this.#tally.result());
  }

  /** The last export, if it is finished and nothing is left to do. */
  get finished(): FinishedExport | undefined {
    const { finishedAt: at, saved } = this.#driver;
    if (at === undefined) return undefined;
    return { at, result: saved && this.#tally.result(), checkpoint: saved?.checkpoint };
  }

  start(controller: WritableStreamDefaultController): void {
    this.#controller = controller;
  }

  /** What is written by now. */
  soFar(): ExportResult {
    return (this.#driver.written ?? this.#tally).result();
  }

  write(page: unknown): Promise<void> {
    return this.#orFail(async () => {
      checkPage(page);
      if (this.#driver.finishedAt !== undefined) {
        throw new EngageError(
          "usage",
          "Cannot write pages, the export into this output is finished; replace it instead",
        );
      }
      this.#checkSession(page.session);
      if (this.#isOfAnotherSession(page)) await this.#restart();
      this.#hasTaken = true;
      this.#batch.push(page);
      if (page.status === "loaded") this.#batchRows += page.rows.length;
      const stops = page.status === "failed" && this.#settings.onFailedPage === "stop";
      if (stops || this.#batchRows >= (this.#driver.batchSize ?? 0)) await this.#flush();
      if (stops) throw this.#tally.incomplete();
    });
  }

  /** Writes what is in hand and publishes. */
  async close(): Promise<void> {
    if (this.#driver.finishedAt !== undefined) return;
    await this.#orFail(async () => {
      await this.#flush();
      await this.#begin();
      await this.#run(() => this.#driver.publish(this.#tally));
    });
    this.#isOver = true;
    const result = this.#tally.result();
    this.#resolve(result);
    const incomplete = this.#settings.onFailedPage === "finish" ? this.#tally.incomplete(result) : undefined;
    if (incomplete !== undefined) throw incomplete;
  }

  /** Writes the whole pages in hand, so that a resumed run goes on after them, and closes. */
  async abort(reason: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    await this.#underWay;
    try {
      if (this.#batch.length > 0) await this.#flush();
    } finally {
      await this.#driver.leave(this.#tally, reason).finally(() => this.#reject(reason));
    }
  }

  /** Aborts a sink that nobody closed, also one that a pipe which ended early holds. */
  async dispose(): Promise<void> {
    if (this.#isOver) return;
    const reason = new Error("The sink was disposed of before it was closed");
    this.#controller?.error(reason);
    await this.abort(reason);
  }

  /** Once for a session, which is the same object on every page. */
  #checkSession(session: ExportSession): void {
    if (session === this.#checked) return;
    this.#driver.bases?.check(session);
    this.#checked = session;
  }

  #isOfAnotherSession(page: PageResult<ProfileRow>): boolean {
    const session = this.#batch[0]?.session ?? this.#tally.session;
    return session !== undefined && session.sessionId !== page.session.sessionId;
  }

  /** Drops what this export has written: the new session may list other profiles on other pages. */
  async #restart(): Promise<void> {
    if (this.#driver.restart === undefined) {
      const message = "Cannot start the export over, what is written cannot be taken back";
      throw new EngageError("session-expired", message);
    }
    const { successfulPages, written } = this.#tally.result();
    if (successfulPages > 0) {
      this.#settings.onWarning({
        code: "unfinished-export-dropped",
        message: `Pages of another session come: ${written} rows that an export had written before are dropped${this.#hasTaken ? "" : "; to go on with it, give its `checkpoint` to `profilePages({ resume })`"}`,
      });
    }
    await this.#begin();
    this.#batch = [];
    this.#batchRows = 0;
    const restarted = this.#tally.restarted();
    await this.#run(async () => this.#driver.restart?.(restarted));
    this.#tally = restarted;
  }

  async #begin(): Promise<void> {
    if (this.#hasBegun) return;
    await this.#run(() => this.#driver.begin(this.#tally));
    this.#hasBegun = true;
  }

  async #flush(): Promise<void> {
    if (this.#batch.length === 0) return;
    await this.#begin();
    const pages = this.#batch;
    let after = this.#tally;
    const count = (counts: readonly (RowCounts | undefined)[] = []): ExportTally => {
      // From the same start each time, since a driver may have to write a batch twice.
      after = this.#tally.clone();
      for (const [index, page] of pages.entries()) after.add(page, counts[index]);
      return after;
    };
    await this.#run((signal) => this.#driver.write(pages, count, signal));
    this.#tally = after === this.#tally ? count() : after;
    this.#batch = [];
    this.#batchRows = 0;
  }

  async #run(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const signal = this.#controller?.signal ?? new AbortController().signal;
    const done = work(signal);
    this.#underWay = done.catch(() => {});
    await done;
  }

  /** A sink whose `write` throws never gets `abort`, so every failure closes the driver itself. */
  async #orFail(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isOver) {
        this.#isOver = true;
        await this.#driver.leave(this.#tally, error).catch(() => {});
        this.#reject(error);
      }
      throw error;
    }
  }
}
