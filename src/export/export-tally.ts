import { EngageError } from "../engage-error.ts";
import type { ExportSession, PageResult } from "../page/page-result.ts";
import { ProfileRow } from "../page/profile-row.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { ExportResult } from "./export-result.ts";

/** What became of a page's profiles, where they were not all written as they came. */
export interface PageCounts {
  readonly rows: number;
  readonly duplicates: number | null;
  readonly withoutId: number;
}

/** An export as it was when it was interrupted; without counts, every page that is done is taken to be full. */
export interface SavedTally {
  readonly checkpoint: Checkpoint;
  readonly counts?: Pick<ExportTally, "successfulPages" | "totalRows" | "duplicateProfiles" | "profilesWithoutId">;
}

/** Counts an export page by page: where a resumed run begins, and what the result is. */
export class ExportTally {
  readonly table: string | null;
  readonly startedAt: Date;
  session: ExportSession | undefined;
  nextPage = 0;
  successfulPages = 0;
  totalRows = 0;
  duplicateProfiles: number | null;
  profilesWithoutId = 0;
  #failed = new Map<number, EngageError | undefined>();

  constructor(table: string | null, saved?: SavedTally, startedAt = new Date()) {
    this.table = table;
    this.startedAt = startedAt;
    this.duplicateProfiles = table === null ? null : 0;
    if (saved === undefined) return;
    const { session, nextPage, failedPages } = saved.checkpoint;
    this.session = session;
    this.nextPage = nextPage;
    this.successfulPages = nextPage - failedPages.length;
    this.totalRows = profilesDue(session, nextPage, failedPages);
    Object.assign(this, saved.counts);
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

  /** Counts a page that is written, or that will be missing. */
  add(page: PageResult<ProfileRow>, counts: PageCounts = countsOf(page)): void {
    this.session ??= page.session;
    this.nextPage = Math.max(this.nextPage, page.pageIndex + 1);
    if (page.status === "failed") {
      this.#failed.set(page.pageIndex, page.error);
      return;
    }
    this.#failed.delete(page.pageIndex);
    this.successfulPages += 1;
    this.totalRows += counts.rows;
    if (counts.duplicates !== null) this.duplicateProfiles = (this.duplicateProfiles ?? 0) + counts.duplicates;
    this.profilesWithoutId += counts.withoutId;
  }

  /** Whether a page belongs to another session than those that were counted. */
  isOtherSession({ session }: PageResult<unknown>): boolean {
    return this.session !== undefined && this.session.sessionId !== session.sessionId;
  }

  /** The same export with nothing counted, after what it wrote was dropped. */
  restarted(): ExportTally {
    return new ExportTally(this.table, undefined, this.startedAt);
  }

  result(): ExportResult {
    const { table, startedAt, totalRows, duplicateProfiles, profilesWithoutId, successfulPages, failedPages } = this;
    const reportedTotal = this.session?.total;
    const limit = this.session?.query.limit;
    const counts = { totalRows, duplicateProfiles, profilesWithoutId, successfulPages, failedPages };
    return new ExportResult({ table, startedAt, reportedTotal, limit, ...counts });
  }

  /** The error of an export that ends without its failed pages, where that is told by more than its result. */
  incomplete(result = this.result()): EngageError {
    const [cause] = [...this.#failed.values()].filter((error) => error !== undefined);
    return new EngageError("incomplete", failedPagesText(result.failedPageIndices, cause?.message), { cause, result });
  }
}

/** A sentence about the pages that failed; the first 20 by index, since there may be thousands. */
export function failedPagesText(indices: readonly number[], reason?: string): string {
  const shown = indices.slice(0, 20).join(", ");
  const more = indices.length > 20 ? ` and ${indices.length - 20} more` : "";
  const pages = indices.length === 1 ? "1 page" : `${indices.length} pages`;
  const because = reason === undefined ? "" : `, the first because: ${reason}`;
  return `${pages} could not be read (page ${shown}${more})${because}`;
}

function countsOf(page: PageResult<ProfileRow>): PageCounts {
  const rows = page.status === "loaded" ? page.rows : [];
  const withoutId = rows.filter((row) => !ProfileRow.hasId(row)).length;
  return { rows: rows.length - withoutId, duplicates: null, withoutId };
}

/** The profiles before page `nextPage`, those of the missing pages left out. */
function profilesDue(session: ExportSession, nextPage: number, missing: readonly number[]): number {
  const { total = Number.POSITIVE_INFINITY, pageSize, query } = session;
  const before = (page: number): number => Math.min(page * pageSize, total, query.limit ?? total);
  return missing.reduce((due, page) => due - (before(page + 1) - before(page)), before(nextPage));
}
