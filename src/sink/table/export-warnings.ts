import type { OnWarning } from "../../engage-warning.ts";
import type { ExportResult } from "../../export/export-result.ts";
import type { RecordedExport } from "../../export/recorded-export.ts";
import { reasonOf } from "./table-engine.ts";
import type { ExportTables } from "./table-name.ts";

/** An unfinished export that is dropped when another one begins. */
export interface Leftover extends RecordedExport {
  /** Whether its rows are in the table, where they stay. */
  readonly published: boolean;
}

/** Tells of an unfinished export that was dropped. */
export function warnOfLeftover(table: string, leftover: Leftover | undefined, onWarning: OnWarning): void {
  if (leftover?.saved === undefined) return;
  const rows = `${leftover.saved.counts.totalRows} rows`;
  const what = leftover.published
    ? `cannot be resumed any more, though its ${rows} stay in the table`
    : `was dropped with its ${rows}`;
  onWarning({
    code: "unfinished-export-dropped",
    message: `An unfinished export into ${table} ${what}, because this one starts over`,
  });
}

/** Tells of rows that are not in the table as they came. */
export function warnOfRows(
  { profilesWithoutId, table }: Pick<ExportResult, "profilesWithoutId" | "table">,
  surrogates: number,
  onWarning: OnWarning,
): void {
  if (profilesWithoutId > 0) {
    const what =
      profilesWithoutId === 1 ? "1 profile has no id and is" : `${profilesWithoutId} profiles have no id and are`;
    onWarning({ code: "profiles-without-id", message: `${what} left out of ${table}` });
  }
  if (surrogates > 0) {
    const what = surrogates === 1 ? "1 lone surrogate is" : `${surrogates} lone surrogates are`;
    onWarning({
      code: "surrogates-replaced",
      message: `${what} stored as \\ufffd, since DuckDB's JSON cannot read them`,
    });
  }
}

/** Tells that an export that is not complete has replaced nothing, and what would help. */
export function warnOfOldTable(
  result: Pick<ExportResult, "hasFailures" | "missing" | "invalidProfiles" | "successfulPages" | "table">,
  onWarning: OnWarning,
): void {
  const { hasFailures, missing, invalidProfiles, successfulPages, table } = result;
  const why = hasFailures
    ? "pages failed; resume the export to fetch them"
    : missing > 0
      ? `${missing} profiles are missing; resuming cannot bring them, but another export may`
      : invalidProfiles > 0
        ? `${invalidProfiles} profiles are invalid; resuming cannot mend them, but an export that takes them aside replaces it`
        : successfulPages === 0
          ? "no page came"
          : "ids came twice after the session had changed; resuming cannot help, but another export may";
  onWarning({ code: "difference", message: `${table} was not replaced, since ${why}` });
}

/** Tells that all rows are committed, but could not be brought from DuckDB's log into its file. */
export function warnOfLog(error: unknown, onWarning: OnWarning): void {
  onWarning({
    code: "table-changed",
    message: `All rows are committed, but some are in DuckDB's log beside the file (.wal), since the log could not be brought into the file; keep both together until the file has been opened with space to spare: ${reasonOf(error)}`,
  });
}

/** Tells what of the user's a table loses when it is replaced. */
export function warnOfLost({ target }: ExportTables, lost: readonly string[], onWarning: OnWarning): void {
  if (lost.length === 0) return;
  const message = `${target.table} loses what DuckDB cannot copy to the new table: ${lost.join(", ")}`;
  onWarning({ code: "table-changed", message });
}
