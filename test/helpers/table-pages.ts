import { EngageError } from "../../src/engage-error.ts";
import type { ExportSession, FailedPage, LoadedPage } from "../../src/page/page-result.ts";
import { type ProfileRow, profileRow } from "../../src/page/profile-row.ts";

/** A session as page 0 would have said it. */
export function sessionOf(total: number | undefined, { sessionId = "session-1", pageSize = 3 } = {}): ExportSession {
  const totalPages = total === undefined ? undefined : Math.max(1, Math.ceil(total / pageSize));
  return { sessionId, total, pageSize, totalPages, query: { host: "https://mixpanel.com", projectId: "1" } };
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
  return { status: "loaded", session, pageIndex, attempts: 1, rows };
}

/** A page that did not come. */
export function failedPage(session: ExportSession, pageIndex: number): FailedPage {
  const error = new EngageError("server", `Cannot read page ${pageIndex}: 503`, { status: 503, pageIndex });
  return { status: "failed", session, pageIndex, attempts: 6, error };
}
