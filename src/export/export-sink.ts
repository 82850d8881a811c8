import type { OnWarning } from "../engage-warning.ts";
import { optionChecks } from "../option.ts";
import type { EffectiveQuery, PageResult } from "../page/page-result.ts";
import type { ProfileRow } from "../page/profile-row.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { ExportResult, TallyTarget } from "./export-result.ts";
import type { ExportTally, RowCounts, SavedTally } from "./export-tally.ts";
import { SinkLife } from "./sink-life.ts";
import type { UpdateBase, UpdateBases } from "./update-base.ts";

/** What an export does with a file or a table of its name. */
export type ExportMode = "create" | "append" | "replace";

/** The same for a file or a store to which rows cannot be added. */
export type FileMode = Exclude<ExportMode, "append">;

/** The same for a table, which may also be brought up to date by what has changed. */
export type TableMode = ExportMode | "update";

/**
 * What a sink does when a page failed: `finish` writes every other page and then rejects with `incomplete`, `stop`
 * rejects at once, `skip` leaves it to the result.
 */
export type OnFailedPage = "finish" | "stop" | "skip";

/** A sink that knows what came of the export. */
export interface ExportSink extends WritableStream<PageResult<ProfileRow>> {
  /** Settles after everything is written and closed; never an unhandled rejection. */
  readonly result: Promise<ExportResult>;
  /** What is written by now, never more; after a failure, what came of it all the same. */
  soFar(): ExportResult;
  /** Whether pages of another session make it drop what this export wrote and begin again. */
  readonly restarts: boolean;
  /** Where an interrupted export goes on; undefined if none was taken up. `exportProfiles()` resumes from it by itself. */
  readonly checkpoint: Checkpoint | undefined;
  /**
   * The newest complete export into a table, in mode `update`: `profilePages({ updatedSince: sink.lastExport?.since })` fetches
   * what has changed since. `exportProfiles()` does so by itself, if that export was of the same query.
   */
  readonly lastExport?: UpdateBase | undefined;
  /** In mode `update`: finds the newest complete export of a query. */
  readonly lastExportOf?: ((query: EffectiveQuery) => UpdateBase | undefined) | undefined;
  /** The last export, if mode `resume` found it finished; then nothing can be written, and `result` is its own. */
  readonly finished?: FinishedExport | undefined;
}

/** An export that an earlier run has finished. */
export interface FinishedExport {
  readonly at: Date;
  /** What it came to; undefined if nothing keeps that. */
  readonly result: ExportResult | undefined;
  /** Its session and query; undefined if nothing keeps them. */
  readonly checkpoint: Checkpoint | undefined;
}

/** How every sink of this package treats what comes. */
export interface SinkOptions {
  /** @default "finish" */
  readonly onFailedPage?: OnFailedPage | undefined;
  /** Hears what a person should know; without it nothing is printed. */
  readonly onWarning?: OnWarning | undefined;
}

/**
 * A destination, as {@link exportSink} drives it. A driver never counts, never sees a failed page's consequences and never
 * makes a promise of its own; each call is made when the one before has settled, and none after `publish` or `leave`.
 */
export interface SinkDriver {
  /** What it is: the table it fills, and whether it keeps each id once. */
  readonly target: TallyTarget;
  /** An interrupted export that it takes up. */
  readonly saved?: SavedTally | undefined;
  /** When the export in `saved` was finished; such a driver has closed what it opened, and is never called. */
  readonly finishedAt?: Date | undefined;
  /** What an update goes on from; undefined if it is none. */
  readonly bases?: UpdateBases | undefined;
  /** What a crash would leave, if that is less than what `write` has taken. */
  readonly written?: ExportTally | undefined;
  /** Rows to collect for one `write`, in whole pages. Default 0: each page by itself. */
  readonly batchSize?: number;
  /** Makes ready for pages: before the first of them, or before publishing if none came. */
  begin(tally: ExportTally): Promise<void>;
  /** Drops what this export has written, since another session begins. Absent if that cannot be. */
  restart?(tally: ExportTally): Promise<void>;
  /**
   * Writes the rows of pages, failed ones included, which have none.
   *
   * @param after the tally when these pages are written, by what became of the rows of each; undefined counts lines
   * @param signal fires when the export is aborted while this call is under way
   */
  write(pages: readonly PageResult<ProfileRow>[], after: AfterWrite, signal: AbortSignal): Promise<void>;
  /** Makes what was written appear under its own name, and closes. */
  publish(tally: ExportTally): Promise<void>;
  /** Closes after a failure or an abort; what is written stays for a resumed run, if there can be one. */
  leave(tally: ExportTally, reason: unknown): Promise<void>;
}

export type AfterWrite = (counts?: readonly (RowCounts | undefined)[]) => ExportTally;

/** The one shape of a sink: makes an {@link ExportSink} of a driver. */
export function exportSink<Driver extends SinkDriver>(driver: Driver, options: SinkOptions = {}): ExportSink {
  const life = new SinkLife(driver, checkSinkOptions(options));
  const stream = new WritableStream<PageResult<ProfileRow>>({
    start: (controller) => life.start(controller),
    write: (page) => life.write(page),
    close: () => life.close(),
    abort: (reason) => life.abort(reason),
  });
  const sink: ExportSink = Object.assign(stream, {
    result: life.result,
    soFar: () => life.soFar(),
    restarts: driver.restart !== undefined,
    checkpoint: driver.finishedAt === undefined ? driver.saved?.checkpoint : undefined,
    finished: life.finished,
    lastExport: driver.bases?.last,
    lastExportOf: driver.bases && ((query: EffectiveQuery) => driver.bases?.of(query)),
  });
  // Where the runtime has `await using`, a sink that nobody piped into is closed at the end of its block.
  if (Symbol.asyncDispose !== undefined) {
    Object.defineProperty(sink, Symbol.asyncDispose, { value: () => life.dispose() });
  }
  return sink;
}

/** Fills in the defaults; throws `usage` if an option is not what it must be. */
export function checkSinkOptions({
  onFailedPage = "finish",
  onWarning = () => {},
}: SinkOptions): Required<SinkSettings> {
  const check = optionChecks("open the sink");
  return {
    onFailedPage: check.oneOf("onFailedPage", onFailedPage, ["finish", "stop", "skip"]),
    onWarning: check.listener("onWarning", onWarning),
  };
}

export interface SinkSettings {
  readonly onFailedPage: OnFailedPage;
  readonly onWarning: OnWarning;
}
