import { EngageError, isEngageError } from "../engage-error.ts";
import { guarded, type OnWarning } from "../engage-warning.ts";
import type { PageResult } from "../page/page-result.ts";
import type { ProfileRow } from "../page/profile-row.ts";
import { type ProfilePagesOptions, profilePages } from "../source/profile-pages.ts";
import { updatableQuery } from "../source/updatable-query.ts";
import { dropProperties } from "../transform/drop-properties.ts";
import { normalizeProfiles } from "../transform/normalize-profiles.ts";
import { orAborted, whenAborted } from "../when-aborted.ts";
import { type Checkpoint, checkResume } from "./checkpoint.ts";
import type { ExportResult } from "./export-result.ts";
import type { ExportSink, FinishedExport } from "./export-sink.ts";
import { ExportTally } from "./export-tally.ts";

/** How far an export is: a page that the sink has written, or that failed. */
export interface PageProgress {
  /** Zero-based. */
  readonly pageIndex: number;
  /** Undefined if the server did not report a total. */
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
  /** Transforms between the rows and the sink, in this order: functions, since an export that starts over needs new ones. */
  transforms?: readonly (() => RowTransform)[] | undefined;
  /** Called after the sink has written a page, and for each page that failed. */
  onPage?: ((progress: PageProgress) => void) | undefined;
};

/** Pages of rows to pages of rows. */
export type RowTransform = ReadableWritablePair<PageResult<ProfileRow>, PageResult<ProfileRow>>;

// Each start costs a query that counts against the hour, and a session that is lost twice will be lost again.
const RESTARTS = 2;

// After an abort a sink writes what the next run goes on from; a store or a server may never answer.
const LONGEST_LEAVE = 30_000;

/**
 * Exports the profiles of a project into a sink and says what came of it. It goes on from `resume`, else from the sink's own
 * checkpoint.
 *
 * Into a sink in mode `update` it fetches what has changed since the last complete export of the same query, if there is one.
 * Failed pages are told by the result, not by a rejection (unless the sink was made with `onFailedPage: "stop"`). If the
 * session is lost, the export starts over, at most twice, if the sink can take back what it wrote. When `signal` fires, the sink
 * is aborted; it rejects once a sink of this package has closed, after 30 s at the latest, and at once with any other stream.
 *
 * @throws {EngageError} for whatever ends the whole export; the sink then holds what came before
 * @example
 * ```ts
 * const sink = await duckdbSink("profiles.duckdb");
 * const result = await exportProfiles({ projectId, serviceAccount: { username, secret }, sink });
 * if (!result.complete) console.error(result.failedPageIndices, result.missing);
 * ```
 */
export async function exportProfiles(options: ExportProfilesOptions): Promise<ExportResult> {
  const { sink, onPage, signal, transforms = [] } = options;
  const { result, restarts = false, checkpoint, finished }: Partial<ExportSink> = sink;
  if (finished !== undefined) return finishedResult(finished, options);
  const onWarning = guarded(options.onWarning);
  const tellPage = listenerOf(onPage, onWarning);
  const resume = options.resume === undefined ? checkpoint : options.resume;
  const writer = sink.getWriter();
  let aborted: Promise<void> | undefined;
  // Kept, since a second abort settles before the first one has.
  const abort = (reason: unknown): Promise<void> => {
    aborted ??= writer.abort(reason).catch(() => {});
    return aborted;
  };
  // Fires when nothing is waited for any more.
  const late = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stopAborting = whenAborted(signal, () => {
    abort(signal?.reason);
    // A plain stream that is stuck in a write hears of the abort only behind it, which may be never.
    if (result === undefined) late.abort(signal?.reason);
    else timer = setTimeout(() => late.abort(signal?.reason), LONGEST_LEAVE);
  });
  // A sink of this package counts for itself.
  let tally: ExportTally | undefined;
  try {
    checkResume(resume);
    tally = result ? undefined : new ExportTally({ table: null, keyed: false }, resume && { checkpoint: resume });
    const write = async (page: PageResult<ProfileRow>): Promise<void> => {
      // A pipe that is aborted waits for the write under way, which may be stuck.
      await orAborted(writer.write(page), signal);
      tally?.add(page);
      tellPage(progressOf(page));
    };
    const asked = updateOptions({ ...options, resume }, sink, onWarning);
    const rowsFrom = (resume: Checkpoint | undefined): ReadableStream<PageResult<ProfileRow>> => {
      const rows = askedFor(profilePages({ ...asked, resume, onWarning }).pipeThrough(normalizeProfiles()), asked);
      return transforms.reduce((through, transform) => through.pipeThrough(transform()), rows);
    };
    const pipe = (from: Checkpoint | undefined) => rowsFrom(from).pipeTo(new WritableStream({ write }));
    // A transform that is stuck keeps the pipe through it from ending.
    await orAborted(startingOver(pipe, resume, restarts ? RESTARTS : 0, onWarning), signal);
    await orAborted(writer.close(), late.signal);
  } catch (error) {
    await orAborted(abort(error), late.signal).catch(() => {});
    if (signal?.aborted) throw signal.reason;
    // A sink says `incomplete` when it has closed; the result says the same.
    if (!isEngageError(error, "incomplete") || result === undefined) throw error;
  } finally {
    stopAborting();
    clearTimeout(timer);
    writer.releaseLock();
  }
  const outcome = tally?.result() ?? (await (result as Promise<ExportResult>));
  sayDifference(outcome, onWarning);
  return outcome;
}

/**
 * The options with which profiles are asked for. Into a sink in mode `update` these are the ones that have changed, if the table
 * holds a complete export of the same query; an export that is resumed keeps to what it began with.
 *
 * @throws {EngageError} `usage`, for options that an update cannot be asked with
 */
export function updateOptions(
  options: ProfilePagesOptions,
  { lastExportOf }: Partial<ExportSink>,
  onWarning: OnWarning,
): ProfilePagesOptions {
  const { resume } = options;
  if (resume !== undefined) return { ...options, updatedSince: resume.session.query.updatedSince };
  if (lastExportOf === undefined || options.updatedSince !== undefined) return options;
  const base = lastExportOf(updatableQuery(options));
  if (base !== undefined) return { ...options, updatedSince: base.since };
  onWarning({
    code: "full-export",
    message: "All profiles are fetched, since the table holds no complete export of this query that could be updated",
  });
  return options;
}

/** An update asks for `$last_seen` whatever it was told to ask for; the rows are those of a full export all the same. */
function askedFor(
  rows: ReadableStream<PageResult<ProfileRow>>,
  { updatedSince, outputProperties }: ProfilePagesOptions,
): ReadableStream<PageResult<ProfileRow>> {
  if (updatedSince === undefined || (outputProperties?.includes("$last_seen") ?? true)) return rows;
  return rows.pipeThrough(dropProperties({ drop: ["$last_seen"] }));
}

/**
 * The result of an export that an earlier run has finished.
 *
 * @throws {EngageError} `checkpoint-mismatch` if that was of another query; `usage` if nothing keeps its result
 */
async function finishedResult({ result, checkpoint, at }: FinishedExport, options: ProfilePagesOptions) {
  // Nothing is requested before the stream is read.
  await profilePages({ ...options, resume: checkpoint }).cancel();
  if (result !== undefined) return result;
  throw new EngageError("usage", `Cannot resume, nothing of the export is unfinished since ${at.toISOString()}`);
}

/** Runs an export; begins it again without its checkpoint if the session is lost, at most `restarts` times. */
async function startingOver(
  run: (resume: Checkpoint | undefined) => Promise<void>,
  resume: Checkpoint | undefined,
  restarts: number,
  onWarning: OnWarning,
): Promise<void> {
  for (let starts = 0; ; starts++) {
    try {
      return await run(starts === 0 ? resume : undefined);
    } catch (error) {
      if (!isEngageError(error, "session-expired") || starts === restarts) throw error;
      onWarning({ code: "session-restarted", message: `${error.message}; the export starts over` });
    }
  }
}

/** A listener of the caller's may throw; what it throws is told, and the export goes on. */
function listenerOf(onPage: ((progress: PageProgress) => void) | undefined, onWarning: OnWarning) {
  return (progress: PageProgress): void => {
    try {
      onPage?.(progress);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      onWarning({ code: "listener-failed", message: `\`onPage\` threw, and the export goes on: ${reason}` });
    }
  };
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
  const { reportedTotal, written, duplicateProfiles, profilesWithoutId, invalidProfiles, leftOut, missing } = result;
  const { failedPages } = result;
  const keyed = duplicateProfiles !== null;
  const reasons = [
    duplicateProfiles ? `${duplicateProfiles} came more than once` : undefined,
    keyed && profilesWithoutId > 0 ? `${profilesWithoutId} without an id` : undefined,
    invalidProfiles > 0 ? `${invalidProfiles} invalid` : undefined,
    leftOut > 0 ? `${leftOut} left out by a transform` : undefined,
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
