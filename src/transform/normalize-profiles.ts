import { checkProfiles } from "../page/check-page.ts";
import type { EngageProfile } from "../page/engage-profile.ts";
import type { PageResult } from "../page/page-result.ts";
import { type ProfileRow, sentRow } from "../page/profile-row.ts";

/**
 * Turns each profile into a row of `distinctId`, `lastSeen` and `properties`, without parsing it. Failed pages pass
 * through, and so does everything else that a page holds.
 *
 * @throws {TypeError} for what is not a page of profiles, as an error of the stream
 * @example
 * ```ts
 * const rows = profilePages({ projectId, serviceAccount: { username, secret } }).pipeThrough(normalizeProfiles());
 * ```
 */
export function normalizeProfiles(): TransformStream<PageResult<EngageProfile>, PageResult<ProfileRow>> {
  return new TransformStream({
    transform(page, controller) {
      checkProfiles(page);
      controller.enqueue(page.status === "loaded" ? { ...page, rows: page.rows.map(sentRow) } : page);
    },
  });
}
