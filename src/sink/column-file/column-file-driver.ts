import { rm } from "node:fs/promises";
import type { OnWarning } from "../../engage-warning.ts";
import type { AfterWrite, FileMode, SinkDriver } from "../../export/export-sink.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import type { PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import type { OutputLock } from "../file/output-lock.ts";
import { warnOfDropped } from "../file/warn-of-dropped.ts";
import { removeWorkingFiles } from "../file/working-files.ts";
import type { TableDriver } from "../table/table-driver.ts";
import { collectRows } from "./collect-rows.ts";
import type { ColumnFilePlan } from "./plan-column-file.ts";
import { type ColumnFile, publishColumnFile } from "./publish-column-file.ts";
import { fileWorkingPath } from "./working-database.ts";

/** Each id once, and no table that anyone sees. */
export const KEYED_ROWS = { table: null, keyed: true } as const;

type Start = Extract<ColumnFilePlan, { readonly kind: "begin" | "resume" }>;

/** Collects rows in a table of the working database, and makes the file of them. */
export class ColumnFileDriver implements SinkDriver {
  readonly target = KEYED_ROWS;
  readonly batchSize: number;
  readonly #start: Start;
  readonly #settings: ColumnFile;
  readonly #lock: OutputLock;
  readonly #onWarning: OnWarning;
  /** Undefined before the first page of an export that begins, so that one which fails early leaves all as it was. */
  #rows: TableDriver | undefined;

  private constructor(start: Start, settings: ColumnFile, lock: OutputLock, onWarning: OnWarning) {
    this.#start = start;
    this.#settings = settings;
    this.batchSize = settings.batchSize;
    this.#lock = lock;
    this.#onWarning = onWarning;
  }

  static async open(
    start: Start,
    settings: ColumnFile,
    lock: OutputLock,
    onWarning: OnWarning,
  ): Promise<ColumnFileDriver> {
    const driver = new ColumnFileDriver(start, settings, lock, onWarning);
    if (start.kind === "resume") driver.#rows = await driver.#openRows("resume");
    return driver;
  }

  get saved(): SavedTally | undefined {
    return this.#rows?.saved;
  }

  async begin(tally: ExportTally): Promise<void> {
    this.#rows ??= await this.#beginAfresh();
    await this.#rows.begin(tally);
  }

  async restart(tally: ExportTally): Promise<void> {
    await this.#rows?.restart(tally);
  }

  async write(pages: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    await this.#rows?.write(pages, after);
  }

  async publish(tally: ExportTally): Promise<void> {
    const { file, mode } = this.#start;
    const { complete, hasFailures } = tally.result();
    await this.#rows?.publish(tally);
    if (mode === "create" || complete) {
      await publishColumnFile(this.#settings, file, mode === "replace" || file.found !== undefined);
      if (!hasFailures) await removeWorkingFiles(fileWorkingPath(file));
    }
    await this.#lock.release();
  }

  /** What is written stays for a resumed run, if a page is. */
  async leave(tally: ExportTally): Promise<void> {
    try {
      await this.#rows?.leave();
      if (this.#rows !== undefined && tally.checkpoint === undefined)
        await removeWorkingFiles(fileWorkingPath(this.#start.file));
    } finally {
      await this.#lock.release();
    }
  }

  async #beginAfresh(): Promise<TableDriver> {
    const { file } = this.#start;
    await removeWorkingFiles(fileWorkingPath(file));
    await rm(file.part, { force: true });
    if (this.#start.kind === "begin") warnOfDropped(file.asked, { rows: this.#start.droppedRows }, this.#onWarning);
    return this.#openRows(this.#start.mode);
  }

  async #openRows(mode: FileMode | "resume"): Promise<TableDriver> {
    const { file } = this.#start;
    const { batchSize, memoryLimit, shape } = this.#settings;
    const settings = { mode, shape, batchSize, memoryLimit, label: file.asked, onWarning: this.#onWarning };
    return collectRows(fileWorkingPath(file), settings);
  }
}
