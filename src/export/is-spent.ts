import { ExportTally, type SavedTally } from "./export-tally.ts";

/**
 * Whether every page of an export was read, and it is not complete all the same: a resumed run would fetch nothing and end
 * the same way.
 */
export function isSpent(saved: SavedTally | undefined, { keyed }: { readonly keyed: boolean }): boolean {
  if (saved === undefined || saved.checkpoint.failedPages.length > 0) return false;
  const { session, nextPage } = saved.checkpoint;
  const { total = Number.POSITIVE_INFINITY, pageSize, query } = session;
  const tally = new ExportTally({ table: null, keyed }, saved);
  const reached = nextPage * pageSize;
  // Of an unknown total the last page was short.
  const isAtEnd = reached >= Math.min(total, query.limit ?? total) || tally.counts.profiles < reached;
  return nextPage > 0 && isAtEnd && !tally.result().complete;
}
