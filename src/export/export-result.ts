/** What an {@link ExportResult} is made of. */
export interface ExportCounts {
  readonly table: string | null;
  readonly startedAt: Date;
  /** Profiles Mixpanel reported, and how many of them were asked for. */
  readonly reportedTotal: number | undefined;
  readonly limit: number | undefined;
  readonly totalRows: number;
  readonly duplicateProfiles: number | null;
  readonly profilesWithoutId: number;
  readonly successfulPages: number;
  readonly failedPages: readonly number[];
}

/**
 * What an export came to. Where the total is known,
 * `min(limit, reportedTotal) = totalRows + duplicateProfiles + profilesWithoutId + missing`, a null counting as 0.
 * After a resume the counts are of the whole export.
 */
export class ExportResult {
  /** The table written to, or null for NDJSON. */
  readonly table: string | null;
  /** Profiles with an id that were written; in a table each id counts once. */
  readonly totalRows: number;
  readonly successfulPages: number;
  readonly failedPages: number;
  /** Zero-based, ascending. */
  readonly failedPageIndices: readonly number[];
  /** Seconds this run took. */
  readonly durationSeconds: number;
  /** When this run began. */
  readonly fetchedAt: Date;
  readonly hasFailures: boolean;
  /** Profiles Mixpanel reported on page 0, or null where it did not. */
  readonly reportedTotal: number | null;
  /** Ids seen again within this export; null for NDJSON, which keeps every line. */
  readonly duplicateProfiles: number | null;
  /** Written to NDJSON with a null id, left out of a table. */
  readonly profilesWithoutId: number;
  /** Reported profiles that did not come; negative where more came than were reported. */
  readonly missing: number;
  /** No failed pages and nothing missing. */
  readonly complete: boolean;

  constructor(counts: ExportCounts) {
    const { reportedTotal: total, limit = total } = counts;
    const counted = counts.totalRows + (counts.duplicateProfiles ?? 0) + counts.profilesWithoutId;
    this.table = counts.table;
    this.totalRows = counts.totalRows;
    this.successfulPages = counts.successfulPages;
    this.failedPages = counts.failedPages.length;
    this.failedPageIndices = counts.failedPages;
    this.durationSeconds = (Date.now() - counts.startedAt.getTime()) / 1000;
    this.fetchedAt = counts.startedAt;
    this.hasFailures = this.failedPages > 0;
    this.reportedTotal = total ?? null;
    this.duplicateProfiles = counts.duplicateProfiles;
    this.profilesWithoutId = counts.profilesWithoutId;
    this.missing = total === undefined ? 0 : Math.min(limit ?? total, total) - counted;
    this.complete = !this.hasFailures && this.missing <= 0;
  }

  /** Profiles that came out: a file holds those without an id too, a table does not. */
  get written(): number {
    return this.table === null ? this.totalRows + this.profilesWithoutId : this.totalRows;
  }

  /** The snake_case form that the command prints. */
  toJSON() {
    return {
      table: this.table,
      total_rows: this.totalRows,
      successful_pages: this.successfulPages,
      failed_pages: this.failedPages,
      failed_page_indices: this.failedPageIndices,
      duration_seconds: this.durationSeconds,
      fetched_at: this.fetchedAt.toISOString(),
      has_failures: this.hasFailures,
      reported_total: this.reportedTotal,
      duplicate_profiles: this.duplicateProfiles,
      profiles_without_id: this.profilesWithoutId,
      missing: this.missing,
      complete: this.complete,
    };
  }
}
