import { type EngageError, isEngageError } from "./engage-error.ts";
import type { OnWarning } from "./engage-warning.ts";
import type { ExportResult } from "./export-result.ts";
import type { ExportSink } from "./export-sink.ts";
import { ExportTally } from "./export-tally.ts";
import type { PageResult } from "./page-result.ts";
import type { ProfileRow } from "./profile-row.ts";
import { type ProfilePagesOptions, profilePages } from "./source/profile-pages.ts";
import { normalizeProfiles } from "./transform/normalize-profiles.ts";

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
  const tally = new ExportTally(null, options.resume && { checkpoint: options.resume });
  const writer = sink.getWriter();
  const write = async (page: PageResult<ProfileRow>): Promise<void> => {
    await writer.write(page);
    tally.add(page);
    onPage?.(progressOf(page));
  };
  try {
    await pipePages({ ...options, onWarning }, write, "restarts" in sink && sink.restarts);
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    // A sink says `incomplete` when it has closed; the result says the same.
    if (!isEngageError(error, "incomplete") || !("result" in sink)) throw error;
  } finally {
    writer.releaseLock();
  }
  const result = "result" in sink ? await sink.result : tally.result();
  sayDifference(result, onWarning);
  return result;
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
        message: `${error.message}. The export starts over; what it had written is dropped`,
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
  const { reportedTotal, totalRows, duplicateProfiles, profilesWithoutId, missing, failedPages } = result;
  const reasons = [
    [missing, failedPages > 0 ? `missing (${failedPages} failed pages)` : "missing"],
    [duplicateProfiles ?? 0, "duplicates"],
    [profilesWithoutId, "without an id"],
  ] as const;
  const said = reasons.filter(([count]) => count !== 0).map(([count, reason]) => `${count} ${reason}`);
  if (reportedTotal === null || said.length === 0) return;
  warn({
    code: "difference",
    message: `Mixpanel reported ${reportedTotal} profiles, ${totalRows} were written: ${said.join(", ")}`,
  });
}
