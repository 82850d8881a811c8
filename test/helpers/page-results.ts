import { EngageError } from "../../src/engage-error.ts";
import { type EngageProfile, engageProfile } from "../../src/page/engage-profile.ts";
import type { EffectiveQuery, ExportSession, FailedPage, LoadedPage } from "../../src/page/page-result.ts";
import { type ProfileRow, sentRow } from "../../src/page/profile-row.ts";
import { scanPage } from "../../src/source/scan/page-scanner.ts";
import { bytesOf } from "./json-documents.ts";

const QUERY: EffectiveQuery = { host: "https://mixpanel.com", projectId: "1234567" };

/** A session of `total` profiles, two a page. */
export function sessionOf(
  total: number | undefined,
  { limit, ...more }: Partial<ExportSession> & { limit?: number } = {},
): ExportSession {
  const totalPages = total === undefined ? undefined : Math.max(1, Math.ceil(Math.min(total, limit ?? total) / 2));
  const query = limit === undefined ? QUERY : { ...QUERY, limit };
  return { sessionId: "session-1", total, pageSize: 2, totalPages, query, ...more };
}

export function loadedPage<Row>(session: ExportSession, pageIndex: number, rows: readonly Row[]): LoadedPage<Row> {
  return { status: "loaded", session, pageIndex, attempts: 1, rows };
}

export function failedPage(session: ExportSession, pageIndex: number, message = `no page ${pageIndex}`): FailedPage {
  return {
    status: "failed",
    session,
    pageIndex,
    attempts: 6,
    error: new EngageError("server", message, { pageIndex }),
  };
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
