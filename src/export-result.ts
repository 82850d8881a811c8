import type { ExportTally } from "./export-tally.ts";

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

  constructor(tally: ExportTally) {
    const { total, query } = tally.session ?? {};
    const counted = tally.totalRows + (tally.duplicateProfiles ?? 0) + tally.profilesWithoutId;
    this.table = tally.table;
    this.totalRows = tally.totalRows;
    this.successfulPages = tally.successfulPages;
    this.failedPages = tally.failedPages.length;
    this.failedPageIndices = tally.failedPages;
    this.durationSeconds = (Date.now() - tally.startedAt.getTime()) / 1000;
    this.fetchedAt = tally.startedAt;
    this.hasFailures = this.failedPages > 0;
    this.reportedTotal = total ?? null;
    this.duplicateProfiles = tally.duplicateProfiles;
    this.profilesWithoutId = tally.profilesWithoutId;
    this.missing = total === undefined ? 0 : Math.min(query?.limit ?? total, total) - counted;
    this.complete = !this.hasFailures && this.missing <= 0;
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
