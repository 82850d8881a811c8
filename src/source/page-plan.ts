import type { EffectiveQuery, ExportSession } from "../page/page-result.ts";

// The size the documentation shows; taken where the response says nothing.
const DEFAULT_PAGE_SIZE = 1000;

/** What page 0 says of the export, from the members beside its `results`. */
export function sessionOf(head: Readonly<Record<string, unknown>>, query: EffectiveQuery): ExportSession {
  const { total, page_size: size, session_id: id } = head;
  const pageSize = isCount(size) && size > 0 ? size : DEFAULT_PAGE_SIZE;
  return {
    // A number beyond 2^53 has lost digits, and would be another session.
    sessionId: (typeof id === "string" && id !== "") || Number.isSafeInteger(id) ? String(id) : undefined,
    total: isCount(total) ? total : undefined,
    pageSize,
    totalPages: isCount(total) ? Math.max(1, Math.ceil(Math.min(total, query.limit ?? total) / pageSize)) : undefined,
    query,
  };
}

/** How many profiles a page should hold, or undefined where the total is unknown. */
export function expectedProfiles({ total, pageSize }: ExportSession, pageIndex: number): number | undefined {
  return total === undefined ? undefined : Math.max(0, Math.min(pageSize, total - pageIndex * pageSize));
}

/** How many of a page's profiles are within the limit. */
export function withinLimit({ pageSize, query }: ExportSession, pageIndex: number): number {
  return query.limit === undefined ? Number.POSITIVE_INFINITY : query.limit - pageIndex * pageSize;
}

/** Whether a page ends the export; `profiles` is how many it holds. */
export function isLastPage(session: ExportSession, pageIndex: number, profiles: number): boolean {
  if (session.totalPages !== undefined) return pageIndex + 1 >= session.totalPages;
  return profiles < session.pageSize || withinLimit(session, pageIndex + 1) <= 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
