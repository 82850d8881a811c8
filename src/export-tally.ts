import type { Checkpoint } from "./checkpoint.ts";
import { EngageError } from "./engage-error.ts";
import { ExportResult } from "./export-result.ts";
import type { ExportSession, FailedPage, PageResult } from "./page-result.ts";

/** What is done with the fact that a page failed: `finish` writes the rest and then rejects, `stop` rejects at once, `skip` leaves it to the result. */
export type OnFailedPage = "finish" | "stop" | "skip";

/** How many of a page's profiles were written, met again, or had no id. */
export interface PageCounts {
  readonly rows: number;
  readonly duplicates: number | null;
  readonly withoutId: number;
}

/** The counts of an export, as they were when it was interrupted. */
export interface SavedTally {
  readonly checkpoint: Checkpoint;
  readonly successfulPages: number;
  readonly totalRows: number;
  readonly duplicateProfiles: number | null;
  readonly profilesWithoutId: number;
}

/** Counts an export page by page: where a resumed run begins, and what the result is. */
export class ExportTally {
  readonly table: string | null;
  readonly startedAt = new Date();
  session: ExportSession | undefined;
  nextPage = 0;
  successfulPages = 0;
  totalRows = 0;
  duplicateProfiles: number | null = null;
  profilesWithoutId = 0;
  #failed = new Map<number, EngageError | undefined>();

  constructor(table: string | null, saved?: SavedTally) {
    this.table = table;
    if (saved === undefined) return;
    this.session = saved.checkpoint.session;
    this.nextPage = saved.checkpoint.nextPage;
    this.successfulPages = saved.successfulPages;
    this.totalRows = saved.totalRows;
    this.duplicateProfiles = saved.duplicateProfiles;
    this.profilesWithoutId = saved.profilesWithoutId;
    for (const page of saved.checkpoint.failedPages) this.#failed.set(page, undefined);
  }

  /** Zero-based, ascending. */
  get failedPages(): readonly number[] {
    return [...this.#failed.keys()].sort((a, b) => a - b);
  }

  /** Where the next run begins, or undefined before the first page. */
  get checkpoint(): Checkpoint | undefined {
    return this.session && { session: this.session, nextPage: this.nextPage, failedPages: this.failedPages };
  }

  /** Counts a page that is written. */
  loaded(page: PageResult<unknown>, { rows, duplicates, withoutId }: PageCounts): void {
    this.#reached(page);
    this.#failed.delete(page.pageIndex);
    this.successfulPages += 1;
    this.totalRows += rows;
    if (duplicates !== null) this.duplicateProfiles = (this.duplicateProfiles ?? 0) + duplicates;
    this.profilesWithoutId += withoutId;
  }

  /** Counts a page that will be missing. */
  failed(page: FailedPage): void {
    this.#reached(page);
    this.#failed.set(page.pageIndex, page.error);
  }

  result(): ExportResult {
    return new ExportResult(this);
  }

  /** The error of an export that ends without its failed pages. */
  incomplete(): EngageError {
    const failed = this.failedPages;
    const pages = failed.length === 1 ? "1 page" : `${failed.length} pages`;
    const [cause] = [...this.#failed.values()].filter((error) => error !== undefined);
    const reason = cause === undefined ? "" : `, the first because: ${cause.message}`;
    return new EngageError("incomplete", `${pages} could not be read (page ${failed.join(", ")})${reason}`, {
      cause,
      result: this.result(),
    });
  }

  #reached(page: PageResult<unknown>): void {
    this.session ??= page.session;
    this.nextPage = Math.max(this.nextPage, page.pageIndex + 1);
  }
}
