import { lstat } from "node:fs/promises";
import type { FileMode } from "../../export/export-sink.ts";
import { isSpent } from "../../export/is-spent.ts";
import { checkSameShape, type OutputShape } from "../../export/output-shape.ts";
import { findOutputFile, type OutputFile, refuse, statOf } from "../file/output-file.ts";
import type { ColumnFormat, FileRecord } from "./column-format.ts";
import { fileWorkingPath, readWorking, type WorkingState } from "./working-database.ts";

export interface ColumnFileSettings {
  readonly path: string;
  readonly mode: FileMode | "resume";
  readonly fresh: FileMode;
  readonly shape: OutputShape;
}

/** What to do, decided before anything is written. */
export type ColumnFilePlan =
  /** Collect rows from the start; an unfinished export with that many rows is dropped. */
  | { readonly kind: "begin"; readonly file: OutputFile; readonly mode: FileMode; readonly droppedRows: number }
  /** Go on with an unfinished export. */
  | { readonly kind: "resume"; readonly file: OutputFile; readonly mode: FileMode }
  /** All rows are there: write the file. */
  | { readonly kind: "publish"; readonly file: OutputFile }
  /** Nothing is left to do. */
  | { readonly kind: "finished"; readonly file: OutputFile; readonly record: FileRecord | undefined };

/**
 * Decides what to do by what the last export left, and changes nothing.
 *
 * @throws {EngageError} `usage`, if a file is in the way; `checkpoint-mismatch`, if other options shaped what is resumed
 */
export async function planColumnFile(format: ColumnFormat, settings: ColumnFileSettings): Promise<ColumnFilePlan> {
  const file = await findOutputFile(settings.path);
  const working = await readWorking(fileWorkingPath(file));
  if (working === undefined && (await statOf(file.part)) !== undefined) {
    refuse("another file has the name that is needed until the export is finished; move it away", file.part);
  }
  if (settings.mode !== "resume") return begin(file, settings.mode, working);
  const isSpentExport = settings.fresh === "replace" && isSpent(working?.unfinished?.saved, { keyed: true });
  if (working !== undefined && !isSpentExport && (working.canResume || working.finished !== undefined)) {
    checkSameShape((working.finished ?? working.unfinished)?.shape, settings.shape);
    if (working.unfinished?.mode !== "replace") await refuseOther(file, working);
    if (working.finished !== undefined) return { kind: "publish", file };
    return { kind: "resume", file, mode: working.unfinished?.mode === "replace" ? "replace" : "create" };
  }
  if (settings.fresh === "create" && isFilled(file)) return finished(format, file, settings);
  return begin(file, settings.fresh, working);
}

function begin(file: OutputFile, mode: FileMode, working: WorkingState | undefined): ColumnFilePlan {
  if (mode === "create" && isFilled(file)) {
    const resumable = working?.canResume === true ? "resume its export, replace it" : "replace it";
    refuse(`the file exists; ${resumable}, or choose another name`, file.asked);
  }
  // Of a finished one nothing is lost but the time that it took.
  const { saved } = working?.unfinished ?? working?.finished ?? {};
  return { kind: "begin", file, mode, droppedRows: saved?.counts?.totalRows ?? 0 };
}

/** An empty one holds nothing that could be lost. */
function isFilled({ found }: OutputFile): boolean {
  return found !== undefined && found.size > 0;
}

/** A file that came into the place of one that is not there yet, or that was put there and is another one by now. */
async function refuseOther(file: OutputFile, { fileId }: WorkingState): Promise<void> {
  if (isFilled(file) && (await fileIdOf(file.path)) !== fileId) {
    refuse("another file was put there since the export began; move it away, and resume", file.asked);
  }
}

async function finished(
  { read, title }: ColumnFormat,
  file: OutputFile,
  { shape }: ColumnFileSettings,
): Promise<ColumnFilePlan> {
  // Nobody can tell of which query it is.
  if (read === undefined) return { kind: "finished", file, record: undefined };
  const record = await read(file.path);
  if (record === undefined)
    refuse(`the file exists and is not ${title} of an export; replace it, or choose another name`, file.asked);
  if (record.saved.checkpoint.failedPages.length > 0) {
    refuse(`pages are missing, and the rows to go on with are gone (${fileWorkingPath(file)}); replace it`, file.asked);
  }
  checkSameShape(record.shape, shape);
  return { kind: "finished", file, record };
}

/** Stays the same when a file is renamed. */
export async function fileIdOf(path: string): Promise<string> {
  return String((await lstat(path, { bigint: true })).ino);
}
