import type { EffectiveQuery, ExportSession } from "../page/page-result.ts";
import type { TableMode } from "./export-sink.ts";
import type { ExportTally, FinishedTally, SavedTally } from "./export-tally.ts";
import type { OutputShape } from "./output-shape.ts";

/** An export as its row in `_engage_exports` tells of it. */
export interface RecordedExport {
  readonly id: string;
  readonly mode: TableMode;
  readonly shape: OutputShape;
  /** Undefined if no page was committed. */
  readonly saved: (Required<SavedTally> & Partial<FinishedTally>) | undefined;
  /** Undefined if a resumed run has something to fetch. */
  readonly finishedAt: Date | undefined;
}

/**
 * Reads such a row, whichever database it is in: JSON as text, whole numbers as number, bigint or text, and `started_at` and
 * `finished_at` in milliseconds.
 */
export function recordedExport(row: Readonly<Record<string, unknown>>): RecordedExport {
  const saved = savedTally(row);
  const finishedAt = row.finished_at === null ? undefined : new Date(Number(row.finished_at));
  const startedAt = new Date(Number(row.started_at));
  const took = finishedAt && { startedAt, durationSeconds: (finishedAt.getTime() - startedAt.getTime()) / 1000 };
  return {
    id: String(row.id),
    mode: row.mode as TableMode,
    // Version 0.1.0 kept none.
    shape: JSON.parse(String(row.shape ?? "{}")) as OutputShape,
    saved: saved && { ...saved, ...took },
    finishedAt,
  };
}

/**
 * The columns of such a row that tell how far the export is.
 *
 * @param finished whether nothing is left for a resumed run to fetch
 */
export function recordedColumns(
  tally: ExportTally,
  finished = false,
): Readonly<Record<string, string | number | null>> {
  const { query, ...session } = tally.session ?? {};
  const { counts, nextPage, checkpoint } = tally;
  const time = recordedTime(new Date());
  // Of the last page a transform may have left rows out: that is no page to read again.
  const failedPages = finished ? [] : (checkpoint?.failedPages ?? []);
  return {
    session:
      tally.session === undefined
        ? null
        : JSON.stringify({ ...session, ...(counts.sessionChanged && { changed: true }) }),
    query: query === undefined ? null : JSON.stringify(query),
    next_page: nextPage,
    failed_pages: JSON.stringify(failedPages),
    successful_pages: counts.successfulPages,
    total_rows: counts.totalRows,
    duplicate_profiles: counts.duplicateProfiles,
    profiles_without_id: counts.profilesWithoutId,
    invalid_profiles: counts.invalidProfiles,
    invalid_taken: counts.invalidTaken,
    profiles: counts.profiles,
    updated: time,
    finished: finished ? time : null,
  };
}

/** UTC, as a TIMESTAMP is read. */
export function recordedTime(moment: Date): string {
  return moment.toISOString().slice(0, -1);
}

function savedTally(record: Readonly<Record<string, unknown>>): RecordedExport["saved"] {
  if (record.session === null) return undefined;
  const session = JSON.parse(String(record.session)) as Partial<ExportSession> & { readonly changed?: boolean };
  return {
    checkpoint: {
      session: {
        sessionId: session.sessionId,
        total: session.total,
        pageSize: Number(session.pageSize),
        totalPages: session.totalPages,
        query: JSON.parse(String(record.query)) as EffectiveQuery,
        ...(session.answeredAt !== undefined && { answeredAt: session.answeredAt }),
      },
      nextPage: Number(record.next_page),
      failedPages: JSON.parse(String(record.failed_pages)) as number[],
    },
    counts: {
      successfulPages: Number(record.successful_pages),
      totalRows: Number(record.total_rows),
      duplicateProfiles: Number(record.duplicate_profiles),
      profilesWithoutId: Number(record.profiles_without_id),
      // Version 0.1.0 kept none of these.
      invalidProfiles: Number(record.invalid_profiles ?? 0),
      invalidTaken: Number(record.invalid_taken ?? 0),
      sessionChanged: session.changed ?? false,
      ...((record.profiles ?? null) !== null && { profiles: Number(record.profiles) }),
    },
  };
}
