import { EngageError } from "../../src/engage-error.ts";
import { type EngageProfile, engageProfile } from "../../src/page/engage-profile.ts";
import type { EffectiveQuery, ExportSession, FailedPage, LoadedPage } from "../../src/page/page-result.ts";
import { type ProfileRow, profileRow, sentRow } from "../../src/page/profile-row.ts";
import { scanPage } from "../../src/source/scan/page-scanner.ts";
import { bytesOf } from "./json-documents.ts";

const QUERY: EffectiveQuery = { host: "https://mixpanel.com", projectId: "1234567" };

/** A session as page 0 would have said it, three profiles a page. */
export function sessionOf(
  total: number | undefined,
  { limit, pageSize = 3, ...more }: Partial<ExportSession> & { readonly limit?: number } = {},
): ExportSession {
  const due = total === undefined ? undefined : Math.min(total, limit ?? total);
  const totalPages = due === undefined ? undefined : Math.max(1, Math.ceil(due / pageSize));
  const query = limit === undefined ? QUERY : { ...QUERY, limit };
  return { sessionId: "session-1", total, pageSize, totalPages, query, ...more };
}

/** A page of whatever flows. */
export function loadedPage<Row>(session: ExportSession, pageIndex: number, rows: readonly Row[]): LoadedPage<Row> {
  return { status: "loaded", session, pageIndex, attempts: 1, rows };
}

/** A page of profiles, given by their ids or as rows. */
export function pageOf(
  session: ExportSession,
  pageIndex: number,
  profiles: readonly (string | null | ProfileRow)[],
): LoadedPage<ProfileRow> {
  const rows = profiles.map((profile) =>
    profile === null || typeof profile === "string"
      ? profileRow({ distinctId: profile, lastSeen: "2024-05-06T07:08:09", properties: { page: pageIndex } })
      : profile,
  );
  return loadedPage(session, pageIndex, rows);
}

/** A page that did not come. */
export function failedPage(session: ExportSession, pageIndex: number, message = `no page ${pageIndex}`): FailedPage {
  const error = new EngageError("server", message, { status: 503, pageIndex });
  return { status: "failed", session, pageIndex, attempts: 6, error };
}

/** Profiles as they come from the API. */
export function profilesOf(...texts: readonly string[]): readonly EngageProfile[] {
  const { profiles } = scanPage(bytesOf(`{"results":[${texts.join(",")}]}`));
  if (profiles === undefined) throw new Error("There is no list of results");
  return Array.from({ length: profiles.length }, (_, index) => engageProfile(profiles, index));
}

/** Rows of profiles as they come from the API. */
export function rowsOf(...texts: readonly string[]): readonly ProfileRow[] {
  return profilesOf(...texts).map(sentRow);
}
