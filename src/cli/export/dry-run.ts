import { existsSync } from "node:fs";
import type { EngageWarning } from "../../engage-warning.ts";
import { updateOptions } from "../../export/export-profiles.ts";
import { type ProfilePagesOptions, profilePages } from "../../index.ts";
import type { OutputPlan } from "../output/formats.ts";
import type { OpenOutput } from "../output/open-output.ts";
import type { Messages } from "../terminal/messages.ts";

/** What an export would fetch, by one query. */
export interface DryRun {
  /** Profiles that match; null if the server does not say. */
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

/** What `--update` would ask for: the table is opened to find out, and nothing is changed. */
export async function askedByUpdate(
  options: ProfilePagesOptions,
  { format, path = "" }: OutputPlan,
  open: () => Promise<OpenOutput>,
  messages: Messages,
): Promise<ProfilePagesOptions> {
  const say = ({ message }: EngageWarning): void => messages.note(message);
  // A file that is opened is made.
  if (format.schemes === undefined && !existsSync(path)) {
    return updateOptions(options, { lastExportOf: () => undefined }, say);
  }
  const { sink } = await open();
  try {
    return updateOptions(options, sink, say);
  } finally {
    await sink.abort(new Error("The table was only asked")).catch(() => {});
  }
}
