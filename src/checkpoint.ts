import type { ExportSession } from "./page-result.ts";

/** Where the next run of an export begins. Plain JSON. */
export interface Checkpoint {
  readonly session: ExportSession;
  /** The first page that was not reached yet. */
  readonly nextPage: number;
  /** Pages before `nextPage` that are missing, in ascending order; a resumed run reads them first. */
  readonly failedPages: readonly number[];
}
