import type { ExportSession } from "../page/page-result.ts";
import type { UpdateChanges } from "./update-base.ts";

/** The counts of an export, as a checkpoint keeps them. Plain JSON. */
export interface ExportCounts {
  readonly successfulPages: number;
  readonly totalRows: number;
  readonly duplicateProfiles: number;
  readonly profilesWithoutId: number;
  readonly invalidProfiles: number;
  /** Invalid profiles that `onInvalidProfile` took. */
  readonly invalidTaken: number;
  /** Profiles that the pages held. */
  readonly profiles: number;
  /** Whether a page named another session than page 0. */
  readonly sessionChanged: boolean;
}

/** What an export writes into. */
export interface TallyTarget {
  /** Null if there is no table. */
  readonly table: string | null;
  /** Whether each id is kept once, so that ids seen again are counted. */
  readonly keyed: boolean;
}

/** What an {@link ExportResult} is made of. */
export interface ResultFacts extends ExportCounts, TallyTarget {
  readonly startedAt: Date;
  readonly durationSeconds: number;
  /** What page 0 said, if it came. */
  readonly session: ExportSession | undefined;
  readonly failedPages: readonly number[];
  /** Counts ids that came more than once; undefined if nobody knows. */
  readonly repeatedIds: () => number | undefined;
  /** What an update has changed, once it is published. */
  readonly changes: UpdateChanges | undefined;
}

/**
 * What an export came to. If Mixpanel reported a total,
 * `min(limit, reportedTotal) = totalRows + duplicateProfiles + profilesWithoutId + invalidProfiles + missing`, a null counting
 * as 0; rows that a transform left out are counted by `leftOut`, which then belongs to the sum. After a resume the counts are
 * of the whole export.
 */
export class ExportResult {
  /** The table written to, or null if there is none. */
  readonly table: string | null;
  /** Profiles with an id that were written; in a table each id counts once. */
  readonly totalRows: number;
  readonly successfulPages: number;
  readonly failedPages: number;
  /** Zero-based, ascending. */
  readonly failedPageIndices: readonly number[];
  /** Seconds this run took, by a clock that is never set. */
  readonly durationSeconds: number;
  /** When this run began. */
  readonly fetchedAt: Date;
  readonly hasFailures: boolean;
  /** Profiles Mixpanel reported on page 0, or null if it did not. */
  readonly reportedTotal: number | null;
  /** Ids seen again within this export; null for NDJSON, which keeps every line. */
  readonly duplicateProfiles: number | null;
  /** Written to NDJSON with a null id, left out of a table. */
  readonly profilesWithoutId: number;
  /** Profiles that could not be read, or that the destination cannot hold. */
  readonly invalidProfiles: number;
  /** Rows that a transform left out; negative if it added some. */
  readonly leftOut: number;
  /** Reported profiles that did not come; negative if more came than were reported. */
  readonly missing: number;
  /** Why profiles may be missing though as many came as were reported: the pages are of two sessions. */
  readonly sessionDoubt: string | undefined;
  /** Pages came of one session, none failed, nothing is missing, and somebody took each invalid profile. */
  readonly complete: boolean;
  /** Profiles updated since then were fetched; null if all were. */
  readonly since: Date | null;
  /** Profiles that an update added. Null before publishing and for other exports, as are the next three. */
  readonly newProfiles: number | null;
  readonly changedProfiles: number | null;
  /** Profiles that an update has fetched as they were. */
  readonly unchangedProfiles: number | null;
  /** When all profiles were fetched for the last time. */
  readonly lastFullExport: Date | null;

  constructor(facts: ResultFacts) {
    const { total, query } = facts.session ?? {};
    const { totalRows, duplicateProfiles, profilesWithoutId, invalidProfiles, profiles } = facts;
    this.table = facts.table;
    this.totalRows = totalRows;
    this.successfulPages = facts.successfulPages;
    this.failedPages = facts.failedPages.length;
    this.failedPageIndices = facts.failedPages;
    this.durationSeconds = facts.durationSeconds;
    this.fetchedAt = facts.startedAt;
    this.hasFailures = this.failedPages > 0;
    this.reportedTotal = total ?? null;
    this.duplicateProfiles = facts.keyed ? duplicateProfiles : null;
    this.profilesWithoutId = profilesWithoutId;
    this.invalidProfiles = invalidProfiles;
    this.leftOut = profiles - totalRows - duplicateProfiles - profilesWithoutId - invalidProfiles;
    this.missing = total === undefined ? 0 : Math.min(query?.limit ?? total, total) - profiles;
    this.sessionDoubt = facts.sessionChanged ? sessionDoubt(facts.repeatedIds()) : undefined;
    const allTaken = invalidProfiles <= facts.invalidTaken;
    const allCame = !this.hasFailures && this.missing <= 0 && this.sessionDoubt === undefined;
    this.complete = facts.successfulPages > 0 && allCame && allTaken;
    const { changes } = facts;
    this.since = query?.updatedSince === undefined ? null : new Date(`${query.updatedSince}Z`);
    this.newProfiles = changes?.newProfiles ?? null;
    this.changedProfiles = changes?.changedProfiles ?? null;
    this.unchangedProfiles = changes?.unchangedProfiles ?? null;
    this.lastFullExport = changes?.lastFullExport ?? null;
  }

  /** Profiles that came out: lines hold those without an id too, a table does not. */
  get written(): number {
    return this.duplicateProfiles === null ? this.totalRows + this.profilesWithoutId : this.totalRows;
  }

  /** The snake_case form that the command prints; `left_out` only if it is not 0, the update's members only for an update. */
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
      invalid_profiles: this.invalidProfiles,
      ...(this.leftOut !== 0 && { left_out: this.leftOut }),
      missing: this.missing,
      complete: this.complete,
      ...((this.since !== null || this.newProfiles !== null) && {
        since: this.since?.toISOString() ?? null,
        new_profiles: this.newProfiles,
        changed_profiles: this.changedProfiles,
        unchanged_profiles: this.unchangedProfiles,
        last_full_export: this.lastFullExport?.toISOString() ?? null,
      }),
    };
  }
}

/** Each id that came twice stands for another one that did not come. */
function sessionDoubt(repeatedIds: number | undefined): string | undefined {
  if (repeatedIds === 0) return undefined;
  const ids = repeatedIds === 1 ? "1 id" : `${repeatedIds} ids`;
  const what =
    repeatedIds === undefined
      ? "whether ids came twice is not known of so many, nor after a resume, so profiles may be missing"
      : `${ids} came twice, so as many other profiles may be missing`;
  return `The pages are of two sessions, and ${what}; export again`;
}

/** A sentence about the pages that failed; the first 20 by index, since there may be thousands. */
export function failedPagesText(indices: readonly number[], reason?: string): string {
  const shown = indices.slice(0, 20).join(", ");
  const more = indices.length > 20 ? ` and ${indices.length - 20} more` : "";
  const pages = indices.length === 1 ? "1 page" : `${indices.length} pages`;
  const because = reason === undefined ? "" : `, the first because: ${reason}`;
  return `${pages} could not be read (page ${shown}${more})${because}`;
}

export function invalidProfilesText(count: number): string {
  return `${count === 1 ? "1 profile is" : `${count} profiles are`} invalid and could not be written`;
}
