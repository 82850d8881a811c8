import type { OnWarning } from "../../engage-warning.ts";
import type { ExportResult } from "../../export/export-result.ts";

/** Tells of rows that are not in the table as they came. */
export function warnOfRows({ profilesWithoutId, table }: ExportResult, surrogates: number, onWarning: OnWarning): void {
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

/** Tells that an export that is not complete has replaced nothing. */
export function warnOfOldTable({ complete, hasFailures, missing, table }: ExportResult, onWarning: OnWarning): void {
  if (complete) return;
  const why = hasFailures
    ? "pages failed; resume the export to fetch them"
    : `${missing} profiles are missing; replace it again`;
  onWarning({ code: "difference", message: `${table} was not replaced, since ${why}` });
}
