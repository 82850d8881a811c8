import type { EngageProfile } from "../page/engage-profile.ts";
import type { PageResult } from "../page/page-result.ts";
import { ProfileRow } from "../page/profile-row.ts";

/**
 * Turns each profile into a row of `distinctId`, `lastSeen` and `properties`, without parsing it. Failed pages pass
 * through.
 *
 * @example
 * ```ts
 * const rows = profilePages({ projectId, serviceAccount: { username, secret } }).pipeThrough(normalizeProfiles());
 * ```
 */
export function normalizeProfiles(): TransformStream<PageResult<EngageProfile>, PageResult<ProfileRow>> {
  return new TransformStream({
    transform(page, controller) {
      controller.enqueue(
        page.status === "loaded" ? { ...page, rows: page.rows.map((profile) => new ProfileRow(profile)) } : page,
      );
    },
  });
}
