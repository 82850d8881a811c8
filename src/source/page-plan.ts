import type { EffectiveQuery, ExportSession } from "../page/page-result.ts";
import type { WholePage } from "./request/engage-client.ts";

// The size the documentation shows; taken if the response says nothing.
const DEFAULT_PAGE_SIZE = 1000;
// No project holds so many. A total beyond it would be read for ever.
const MOST_PROFILES = 1e12;
// More than a page that is asked for can hold.
const MOST_PER_PAGE = 1_000_000;

type SessionPage = Pick<WholePage, "head" | "answeredAt">;

/** What page 0 says of the export, from the members beside its `results`. */
export function sessionOf({ head, answeredAt }: SessionPage, query: EffectiveQuery): ExportSession {
  const { total: said, page_size: size } = head;
  const total = isCount(said, MOST_PROFILES) ? said : undefined;
  const pageSize = isCount(size, MOST_PER_PAGE) && size > 0 ? size : DEFAULT_PAGE_SIZE;
  const due = total === undefined ? undefined : Math.min(total, query.limit ?? total);
  return {
    sessionId: sessionIdOf(head),
    total,
    pageSize,
    totalPages: due === undefined ? undefined : Math.max(1, Math.ceil(due / pageSize)),
    query,
    answeredAt,
  };
}

/** The session that an answer names, or undefined. */
export function sessionIdOf({ session_id: id }: Readonly<Record<string, unknown>>): string | undefined {
  // A number beyond 2^53 has lost digits, and would be another session.
  return (typeof id === "string" && id !== "") || Number.isSafeInteger(id) ? String(id) : undefined;
}

/** How many profiles a page should hold, or undefined if the total is unknown. */
export function expectedProfiles({ total, pageSize }: ExportSession, pageIndex: number): number | undefined {
  return total === undefined ? undefined : Math.max(0, Math.min(pageSize, total - pageIndex * pageSize));
}

/** How many of a page's profiles are within the limit. */
export function withinLimit({ pageSize, query }: ExportSession, pageIndex: number): number {
  return query.limit === undefined ? Number.POSITIVE_INFINITY : query.limit - pageIndex * pageSize;
}

/** How many profiles a page holds, invalid ones included. */
export function profileCountOf({ profiles, invalid }: WholePage): number {
  return profiles.length + invalid.length;
}

/** Whether a page ends the export; `profiles` is how many it holds. */
export function isLastPage(session: ExportSession, pageIndex: number, profiles: number): boolean {
  if (session.totalPages !== undefined) return pageIndex + 1 >= session.totalPages;
  return profiles < session.pageSize || withinLimit(session, pageIndex + 1) <= 0;
}

function isCount(value: unknown, most: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most;
}
