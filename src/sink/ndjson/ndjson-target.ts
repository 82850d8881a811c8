import type { Stats } from "node:fs";
import { rm } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import { isCheckpoint } from "../../export/checkpoint.ts";
import type { ExportMode } from "../../export/export-sink.ts";
import type { SavedTally } from "../../export/export-tally.ts";
import { isSpent } from "../../export/is-spent.ts";
import { checkSameShape, type OutputShape } from "../../export/output-shape.ts";
import { reasonOf } from "../file/file-error.ts";
import { type GrowingFile, GzipFile, openGrowingFile } from "../file/growing-file.ts";
import { readJsonFile, removeJsonFile, writeJsonFile } from "../file/json-file.ts";
import { findOutputFile, type OutputFile, publishPart, refuse, refuseReadOnly, statOf } from "../file/output-file.ts";

/** How far an export into a file got. Plain JSON, without credentials. */
export interface NdjsonCheckpoint {
  readonly version: 2;
  readonly mode: ExportMode;
  /** Where in the file this export begins, and where its whole pages end: bytes. */
  readonly begin: number;
  readonly end: number;
  /** Undefined before the first page. */
  readonly saved?: SavedTally | undefined;
  /** Whether the `.part` is whole and takes its own name, or has taken it. */
  readonly publishing?: boolean;
  /** What shapes the lines beside the query; absent in files of earlier versions. */
  readonly shape?: OutputShape;
  /** The inode of the file that holds the lines, so that another one of its name is not cut; absent as above. */
  readonly fileId?: number | undefined;
}

/** What to do, decided before anything is written. */
export interface NdjsonPlan {
  readonly file: OutputFile;
  readonly gzip: boolean;
  readonly mode: ExportMode;
  readonly shape: OutputShape;
  /** Whether the lines go into the file itself, not into its `.part`. */
  readonly inPlace: boolean;
  /** What is taken up. */
  readonly resumed: NdjsonCheckpoint | undefined;
  /** An unfinished export whose lines are dropped. */
  readonly dropped: NdjsonCheckpoint | undefined;
  /** Why the unfinished export cannot be resumed, if it was to be. */
  readonly anew: string | undefined;
  /** Whether nothing is left to do. */
  readonly isFinished: boolean;
}

export interface NdjsonPlanOptions {
  readonly path: string;
  readonly gzip: boolean;
  readonly mode: ExportMode | "resume";
  /** What `resume` does if nothing is unfinished. */
  readonly fresh: ExportMode;
  readonly shape: OutputShape;
}

/** An open file, and where in it this export begins. */
export interface NdjsonTarget {
  readonly plan: NdjsonPlan;
  readonly file: GrowingFile;
  readonly begin: number;
}

/**
 * Decides what to do by what the last export left. Changes nothing but to finish one that was killed while it took its name.
 *
 * @throws {EngageError} `usage`, if a file is in the way; `checkpoint-mismatch`, if other options shaped what is resumed
 */
export async function planNdjsonFile(options: NdjsonPlanOptions): Promise<NdjsonPlan> {
  const { gzip, shape } = options;
  const file = await findOutputFile(options.path);
  const unfinished = await readJsonFile(checkpointPath(file), isNdjsonCheckpoint);
  const part = await statOf(file.part);
  if (part !== undefined && (unfinished === undefined || !part.isFile())) {
    refuse("another file has the name that is needed until the export is finished; move it away", file.part);
  }
  const isPublished = unfinished?.publishing === true && part === undefined && file.found !== undefined;
  // Lines that were added to a file which has been moved away are not in the one that has its name now.
  const isGone = unfinished?.mode === "append" && isOther(file.found, unfinished);
  const dropped = isGone ? undefined : unfinished;
  const plan = { file, gzip, shape, resumed: undefined, dropped, anew: undefined, isFinished: false };
  if (options.mode !== "resume") return fresh(plan, options.mode);
  if (options.fresh !== "create" && isSpent(unfinished?.saved, { keyed: false })) return fresh(plan, options.fresh);
  if (unfinished === undefined) {
    const isFinished = isDone(options, file);
    return { ...fresh(plan, isFinished ? "replace" : options.fresh), isFinished };
  }
  if (isGone) return { ...fresh(plan, "append"), anew: "the file of the interrupted export is gone" };
  const isInTheWay = isPublished
    ? isOther(file.found, unfinished)
    : unfinished.mode === "create" && isAnother(file, part);
  if (isInTheWay) refuse("another file was put there since the export began; move it away, and resume", file.asked);
  const inPlace = unfinished.mode === "append" || isPublished;
  const hasFailures = (unfinished.saved?.checkpoint.failedPages.length ?? 0) > 0;
  const isFinished = unfinished.publishing === true && !hasFailures;
  const anew = isFinished ? undefined : await whyAnew(unfinished, inPlace ? file.path : file.part, gzip);
  if (anew !== undefined) return { ...fresh(plan, isPublished ? "replace" : unfinished.mode), anew };
  if (unfinished.saved !== undefined) checkSameShape(unfinished.shape, shape);
  return { ...plan, mode: unfinished.mode, inPlace, resumed: unfinished, dropped: undefined, isFinished };
}

/** Opens the file as the plan says: with the whole pages of the export that is taken up, or with nothing of this one. */
export async function openNdjsonTarget(plan: NdjsonPlan): Promise<NdjsonTarget> {
  const { file, gzip, inPlace, resumed, dropped, mode } = plan;
  try {
    await refuseReadOnly(file);
    if (resumed !== undefined) {
      const open = await openGrowingFile(inPlace ? file.path : file.part, "found");
      // Behind the last page that was synced there may be a part of the next one.
      await open.cutBack(resumed.end);
      return { plan, file: open, begin: resumed.begin };
    }
    if (!inPlace) {
      await rm(file.part, { force: true });
      // First, so that a `.part` is always known for ours.
      await writeNdjsonCheckpoint(plan, { version: 2, mode, begin: 0, end: 0 });
      const made = await openGrowingFile(file.part, "new");
      return { plan, file: gzip ? new GzipFile(made) : made, begin: 0 };
    }
    const open = await openGrowingFile(file.path, "found");
    // Without the lines of an export that was not finished.
    if (dropped?.mode === "append" && !dropped.publishing) await open.cutBack(Math.min(open.size, dropped.begin));
    await writeNdjsonCheckpoint(plan, { version: 2, mode, begin: open.size, end: open.size });
    return { plan, file: open, begin: open.size };
  } catch (error) {
    if (error instanceof EngageError) throw error;
    throw new EngageError("usage", `Cannot write there, ${reasonOf(error)}: ${file.asked}`, { cause: error });
  }
}

/** Gives the finished `.part` its own name; one that has it already is left as it is. */
export async function publishNdjsonFile({ file, inPlace, mode }: NdjsonPlan): Promise<void> {
  if (inPlace || (await statOf(file.part)) === undefined) return;
  await publishPart(file, { replace: mode === "replace" || file.found !== undefined });
}

export async function writeNdjsonCheckpoint(
  { file, shape, inPlace }: NdjsonPlan,
  checkpoint: Omit<NdjsonCheckpoint, "shape" | "fileId">,
): Promise<void> {
  const fileId = (await statOf(inPlace ? file.path : file.part))?.ino;
  await writeJsonFile(checkpointPath(file), { ...checkpoint, shape, fileId });
}

export async function removeNdjsonCheckpoint({ file }: NdjsonPlan): Promise<void> {
  await removeJsonFile(checkpointPath(file));
}

type Start = Omit<NdjsonPlan, "mode" | "inPlace">;

/** The plan of an export that begins, or a refusal. */
function fresh(start: Start, mode: ExportMode): NdjsonPlan {
  const { found, asked } = start.file;
  if (mode === "create" && isFilled(found)) {
    refuse("the file exists; append, replace, or choose another name", asked);
  }
  if (mode === "append" && start.gzip) refuse("lines cannot be added to a compressed file; replace it instead", asked);
  const inPlace = mode === "append" && found !== undefined;
  return { ...start, mode: inPlace ? "append" : mode === "append" ? "create" : mode, inPlace };
}

/** A file that has its own name is finished: nobody can tell of which query. */
function isDone({ fresh }: NdjsonPlanOptions, { found }: OutputFile): boolean {
  return fresh === "create" && isFilled(found);
}

/** An empty one holds nothing that could be lost. */
function isFilled(found: Stats | undefined): found is Stats {
  return found !== undefined && found.size > 0;
}

/** Whether a file is not the one that holds the lines. One of the same size may be its copy, as a restored backup is. */
function isOther(found: Stats | undefined, { fileId, end }: NdjsonCheckpoint): boolean {
  return isFilled(found) && fileId !== undefined && found.ino !== fileId && found.size !== end;
}

/** Whether a file stands where the `.part` is to go. A kill can leave the `.part` under both names. */
function isAnother({ found }: OutputFile, part: Stats | undefined): boolean {
  return isFilled(found) && part !== undefined && found.ino !== part.ino;
}

async function whyAnew({ end }: NdjsonCheckpoint, path: string, gzip: boolean): Promise<string | undefined> {
  if (gzip) return "a compressed file cannot be continued";
  const size = (await statOf(path))?.size;
  if (size === undefined) return "the file of the interrupted export is gone";
  return size < end ? "the file is shorter than it was when the export was interrupted" : undefined;
}

function checkpointPath({ path }: OutputFile): string {
  return `${path}.checkpoint.json`;
}

/** Lines are cut off where a checkpoint says, so it must say it well. */
function isNdjsonCheckpoint(value: unknown): value is NdjsonCheckpoint {
  const { version, mode, begin = -1, end = -1, saved } = Object(value) as Partial<NdjsonCheckpoint>;
  return (
    version === 2 &&
    (mode === "create" || mode === "append" || mode === "replace") &&
    [begin, end].every((number) => Number.isSafeInteger(number) && number >= 0) &&
    begin <= end &&
    (saved === undefined || isCheckpoint(saved.checkpoint))
  );
}
