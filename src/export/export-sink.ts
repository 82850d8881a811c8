import type { PageResult } from "../page/page-result.ts";
import type { ProfileRow } from "../page/profile-row.ts";
import type { ExportResult } from "./export-result.ts";

/** What an export does with a file or a table of its name. */
export type ExportMode = "create" | "append" | "replace";

/**
 * What a sink does when a page failed: `finish` writes every other page and then rejects with `incomplete`, `stop`
 * rejects at once, `skip` leaves it to the result.
 */
export type OnFailedPage = "finish" | "stop" | "skip";

/** A sink that knows what came of the export. */
export interface ExportSink extends WritableStream<PageResult<ProfileRow>> {
  /** Settles after everything is written and closed; never an unhandled rejection. */
  readonly result: Promise<ExportResult>;
  /** What is written by now; after a failure, what came of it all the same. */
  soFar(): ExportResult;
  /** Whether pages of another session make it drop what this export wrote and begin again. */
  readonly restarts: boolean;
}
