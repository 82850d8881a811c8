import { type ProfilePagesOptions, profilePages } from "../../index.ts";

/** What an export would fetch, by one query. */
export interface DryRun {
  /** Profiles that match; null where the server does not say. */
  readonly reported_total: number | null;
  readonly page_size: number | null;
  /** Pages the export would take, `limit` applied. */
  readonly total_pages: number | null;
}

/** Asks for page 0: one read is one request. */
export async function dryRun(options: ProfilePagesOptions): Promise<DryRun> {
  const reader = profilePages(options).getReader();
  const { value } = await reader.read();
  await reader.cancel();
  // An empty list of ids asks for nothing.
  if (value === undefined) return { reported_total: 0, page_size: null, total_pages: 0 };
  const { total = null, pageSize, totalPages = null } = value.session;
  return { reported_total: total, page_size: pageSize, total_pages: totalPages };
}
