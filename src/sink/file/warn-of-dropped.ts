import type { OnWarning } from "../../engage-warning.ts";

/** An unfinished export that is not resumed. */
export interface DroppedExport {
  /** Why it could not be, if that was asked for. */
  readonly anew?: string | undefined;
  /** Undefined if nobody can count them. */
  readonly rows: number | undefined;
}

/** Warns of an export that starts over. Nothing is said of one that had no rows. */
export function warnOfDropped(name: string, { anew, rows }: DroppedExport, onWarning: OnWarning): void {
  if (anew === undefined && rows === 0) return;
  const what = rows === undefined ? "" : ` with its ${rows} rows`;
  const message =
    anew === undefined
      ? `An unfinished export was dropped${what}, because this one starts over: ${name}`
      : `The export starts over, because ${anew}: ${name}`;
  onWarning({ code: "unfinished-export-dropped", message });
}
