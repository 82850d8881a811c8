import type { ExportResult } from "./export-result.ts";
import type { PageResult } from "./page-result.ts";
import type { ProfileRow } from "./profile-row.ts";

/** A sink that knows what came of the export. */
export interface ExportSink extends WritableStream<PageResult<ProfileRow>> {
  /** Settles after everything is written and closed; never an unhandled rejection. */
  readonly result: Promise<ExportResult>;
  /** Whether pages of another session make it drop what this export wrote and begin again. */
  readonly restarts: boolean;
}
