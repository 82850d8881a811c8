import { type EngageError, isEngageError } from "../engage-error.ts";
import type { OnWarning } from "../engage-warning.ts";
import type { PageResult } from "../page/page-result.ts";
import type { ProfileRow } from "../page/profile-row.ts";
import { type ProfilePagesOptions, profilePages } from "../source/profile-pages.ts";
import { normalizeProfiles } from "../transform/normalize-profiles.ts";
import { checkResume } from "./checkpoint.ts";
import type { ExportResult } from "./export-result.ts";
import type { ExportSink } from "./export-sink.ts";
import { ExportTally } from "./export-tally.ts";

/** How far an export is: a page that the sink has written, or that failed. */
export interface PageProgress {
  /** Zero-based. */
  readonly pageIndex: number;
  /** Undefined where the server did not report a total. */
  readonly totalPages: number | undefined;
  /** Profiles on this page; 0 for one that failed. */
  readonly rows: number;
  readonly success: boolean;
  readonly error: EngageError | undefined;
}

/** An export: what, how and where to. */
export type ExportProfilesOptions = ProfilePagesOptions & {
  /** Where the rows go: one of this package's sinks, or any writable stream of pages. */
  sink: ExportSink | WritableStream<PageResult<ProfileRow>>;
  /** Called after the sink has written a page, and for each page that failed. */
  onPage?: (progress: PageProgress) => void;
};

// Each start costs a query that counts against the hour, and a session that is lost twice will be lost again.
const RESTARTS = 2;

/**
 * Exports the profiles of a project into a sink and says what came of it.
 *
 * Failed pages are told by the result, not by a rejection (unless the sink was made with `onFailedPage: "stop"`). Where
 * the session is lost, the export starts over, at most twice, if the sink can take back what it wrote.
 *
 * @throws {EngageError} for whatever ends the whole export; the sink then holds what came before
 * @example
 * ```ts
 * const sink = await duckdbSink("profiles.duckdb");
 * const result = await exportProfiles({ projectId, serviceAccount: { username, secret }, sink });
 * if (!result.complete) console.error(result.failedPageIndices, result.missing);
 * ```
 */
export async function exportProfiles({ sink, onPage, ...options }: ExportProfilesOptions): Promise<ExportResult> {
  const { onWarning = () => {} } = options;
  checkResume(options.resume);
  const { result, restarts = false }: Partial<ExportSink> = sink;
  // A sink of this package counts for itself.
  const tally = result ? undefined : new ExportTally(null, options.resume && { checkpoint: options.resume });
  const writer = sink.getWriter();
  const write = async (page: PageResult<ProfileRow>): Promise<void> => {
    await writer.write(page);
    tally?.add(page);
    onPage?.(progressOf(page));
  };
  try {
    await pipePages({ ...options, onWarning }, write, restarts);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    // A sink says `incomplete` when it has closed; the result says the same.
    if (!isEngageError(error, "incomplete") || !result) throw error;
  } finally {
    writer.releaseLock();
  }
  const outcome = tally?.result() ?? (await (result as Promise<ExportResult>));
  sayDifference(outcome, onWarning);
  return outcome;
}

/** Pipes the pages into `write`; begins again where the session is lost and `mayRestart`. */
async function pipePages(
  options: ProfilePagesOptions & { onWarning: OnWarning },
  write: (page: PageResult<ProfileRow>) => Promise<void>,
  mayRestart: boolean,
): Promise<void> {
  let { resume } = options;
  for (let starts = 0; ; starts++) {
    try {
      await profilePages({ ...options, resume })
        .pipeThrough(normalizeProfiles())
        .pipeTo(new WritableStream({ write }));
      return;
    } catch (error) {
      if (!isEngageError(error, "session-expired") || !mayRestart || starts === RESTARTS) throw error;
      options.onWarning({
        code: "session-restarted",
        message: `${error.message}; the export starts over and drops what it had written`,
      });
      resume = undefined;
    }
  }
}

function progressOf(page: PageResult<ProfileRow>): PageProgress {
  const success = page.status === "loaded";
  return {
    pageIndex: page.pageIndex,
    totalPages: page.session.totalPages,
    rows: success ? page.rows.length : 0,
    success,
    error: success ? undefined : page.error,
  };
}

function sayDifference(result: ExportResult, warn: OnWarning): void {
  const { table, reportedTotal, written, duplicateProfiles, profilesWithoutId, missing, failedPages } = result;
  const reasons = [
    duplicateProfiles ? `${duplicateProfiles} met again` : undefined,
    table !== null && profilesWithoutId > 0 ? `${profilesWithoutId} without an id` : undefined,
    missing > 0 ? `${missing} missing` : undefined,
    failedPages > 0 ? `${failedPages} failed ${failedPages === 1 ? "page" : "pages"}` : undefined,
    missing < 0 ? `${-missing} more than reported` : undefined,
  ].filter((reason) => reason !== undefined);
  if (reportedTotal === null || reasons.length === 0) return;
  warn({
    code: "difference",
    message: `Mixpanel reported ${reportedTotal} profiles, ${written} were written: ${reasons.join(", ")}`,
  });
}
