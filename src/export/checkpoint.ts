import { EngageError } from "../engage-error.ts";
import type { ExportSession } from "../page/page-result.ts";

/** Where the next run of an export begins. Plain JSON. */
export interface Checkpoint {
  readonly session: ExportSession;
  /** The first page that was not reached yet. */
  readonly nextPage: number;
  /** Pages before `nextPage` that are missing, in ascending order; a resumed run reads them first. */
  readonly failedPages: readonly number[];
}

/** Whether `value` can be resumed from, wherever it was kept. */
export function isCheckpoint(value: unknown): value is Checkpoint {
  const { session, nextPage, failedPages } = Object(value) as Partial<Checkpoint>;
  return (
    isWhole(nextPage) &&
    Array.isArray(failedPages) &&
    failedPages.every((page) => isWhole(page) && page < nextPage) &&
    isWhole(session?.pageSize) &&
    typeof session.query?.host === "string" &&
    typeof session.query.projectId === "string"
  );
}

/** Throws `usage` unless `resume` is a checkpoint, or there is none. */
export function checkResume(resume: unknown): void {
  if (resume === undefined || isCheckpoint(resume)) return;
  throw new EngageError(
    "usage",
    "Cannot resume, `resume` is a checkpoint as `readCheckpoint()` returned it; leave it out to start over",
  );
}

/** The profiles before page `nextPage`, those of the missing pages left out. */
export function profilesReached({ session, nextPage, failedPages }: Checkpoint): number {
  const { total = Number.POSITIVE_INFINITY, pageSize, query } = session;
  const before = (page: number): number => Math.min(page * pageSize, total, query.limit ?? total);
  return failedPages.reduce((due, page) => due - (before(page + 1) - before(page)), before(nextPage));
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
