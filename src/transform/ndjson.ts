import { EngageError } from "../engage-error.ts";
import type { Checkpoint } from "../export/checkpoint.ts";
import { checkSinkOptions, type OnFailedPage } from "../export/export-sink.ts";
import { ExportTally } from "../export/export-tally.ts";
import { checkPage } from "../page/check-page.ts";
import type { PageResult } from "../page/page-result.ts";
import { type LineOptions, profileLines } from "../page/profile-lines.ts";
import type { ProfileRow } from "../page/profile-row.ts";

/** What NDJSON does beside making lines. */
export interface NdjsonTransformOptions extends LineOptions {
  /** @default "finish" */
  readonly onFailedPage?: OnFailedPage | undefined;
  /** What `profilePages()` resumes, so that the counts are of the whole export. */
  readonly resume?: Checkpoint | undefined;
}

/**
 * Makes a line of each profile, `{"distinct_id":…,"last_seen":…,"properties":{…}}`: one chunk of UTF-8 bytes a page. A
 * profile without an id gets a null.
 *
 * @example
 * ```ts
 * const body = profilePages({ projectId, serviceAccount: { username, secret } })
 *   .pipeThrough(normalizeProfiles())
 *   .pipeThrough(ndjson());
 * const response = new Response(body, { headers: { "content-type": "application/x-ndjson" } });
 * ```
 */
export function ndjson(
  options: NdjsonTransformOptions = {},
): TransformStream<PageResult<ProfileRow>, Uint8Array<ArrayBuffer>> {
  const { onFailedPage } = checkSinkOptions(options);
  const { resume } = options;
  const linesOf = profileLines(options);
  const tally = new ExportTally({ table: null, keyed: false }, resume && { checkpoint: resume });
  const endIncomplete = (): void => {
    const incomplete = tally.incomplete();
    if (incomplete !== undefined) throw incomplete;
  };
  return new TransformStream({
    transform(page, controller) {
      checkPage(page);
      if (tally.isOtherSession(page)) {
        throw new EngageError("session-expired", "Cannot start the export over, what is written cannot be taken back");
      }
      tally.add(page);
      if (page.status === "failed") {
        if (onFailedPage === "stop") endIncomplete();
      } else if (page.rows.length > 0) controller.enqueue(linesOf(page.rows));
    },
    flush() {
      if (onFailedPage === "finish") endIncomplete();
    },
  });
}
