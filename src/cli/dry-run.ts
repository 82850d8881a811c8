import { type ProfilePagesOptions, profilePages } from "../source/profile-pages.ts";

/** What an export would fetch, by one query. */
export interface DryRun {
  /** Profiles that match; null where the server does not say. */
  readonly reported_total: number | null;
  readonly page_size: number | null;
  /** Pages the export would take, `limit` applied. */
  readonly total_pages: number | null;
}

/** Asks for page 0 alone. */
export async function dryRun(options: ProfilePagesOptions): Promise<DryRun> {
  // A limit of one profile keeps the rest from being fetched; the query is the same.
  const reader = profilePages({ ...options, limit: 1 }).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  // An empty list of ids asks for nothing.
  if (value === undefined) return { reported_total: 0, page_size: null, total_pages: 0 };
  const { total, pageSize } = value.session;
  if (total === undefined) return { reported_total: null, page_size: pageSize, total_pages: null };
  const wanted = Math.min(total, options.limit ?? total);
  return { reported_total: total, page_size: pageSize, total_pages: Math.max(1, Math.ceil(wanted / pageSize)) };
}
