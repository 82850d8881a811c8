import { rename, rm, stat } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import type { ExportMode } from "../../export/export-sink.ts";
import { reasonOf } from "./file-error.ts";
import { type GrowingFile, GzipFile, openGrowingFile, syncDirectoryOf } from "./growing-file.ts";
import { type NdjsonCheckpoint, readNdjsonCheckpoint, removeNdjsonCheckpoint } from "./ndjson-checkpoint.ts";

export interface NdjsonTargetOptions {
  readonly path: string;
  readonly gzip: boolean;
  readonly mode: ExportMode;
  readonly resume: boolean;
  /** Hears why an export that could be taken up starts anew all the same. */
  readonly onAnew: (reason: string) => void;
}

/** The file that an export writes: the one asked for, or one beside it that takes its place when it is complete. */
export interface NdjsonTarget {
  readonly file: GrowingFile;
  /** Where the lines go. */
  readonly path: string;
  /** Where they are wanted. */
  readonly wanted: string;
  readonly mode: ExportMode;
  /** Where in the file this export begins. */
  readonly begin: number;
  /** Whether the file was not there before. */
  readonly isNew: boolean;
  /** What is taken up. */
  readonly unfinished: NdjsonCheckpoint | undefined;
}

/**
 * Opens the file of an export, as far as the last one got where that is taken up.
 *
 * @throws {EngageError} `usage`, where a file is in the way or cannot be written
 */
export async function openNdjsonTarget(options: NdjsonTargetOptions): Promise<NdjsonTarget> {
  const { path } = options;
  try {
    const unfinished = options.gzip ? undefined : await readNdjsonCheckpoint(path);
    const taken = unfinished && options.resume ? await takeUp(options, unfinished) : undefined;
    return taken ?? (await begin(options, unfinished));
  } catch (error) {
    if (error instanceof EngageError) throw error;
    throw new EngageError("usage", `Cannot write there, ${reasonOf(error)}: ${path}`, { cause: error });
  }
}

/** Puts a file that was written beside the one asked for into its place. */
export async function publishNdjsonTarget({ path, wanted }: NdjsonTarget): Promise<void> {
  if (path === wanted) return;
  await rename(path, wanted);
  await syncDirectoryOf(wanted);
}

/** Removes what is left of an export that wrote nothing. */
export async function discardNdjsonTarget({ path, isNew }: NdjsonTarget): Promise<void> {
  if (isNew) await rm(path, { force: true });
}

async function takeUp(options: NdjsonTargetOptions, unfinished: NdjsonCheckpoint): Promise<NdjsonTarget | undefined> {
  const { mode, begin, end } = unfinished;
  const path = pathFor(mode, options.path);
  const size = await sizeOf(path);
  if (size === undefined || size < end) {
    options.onAnew("the file is shorter than it was when the export was interrupted");
    return undefined;
  }
  const file = await openGrowingFile(path);
  // Behind the last page that was synced there may be a part of the next one.
  await file.cutBack(end);
  return { file, path, wanted: options.path, mode, begin, isNew: false, unfinished };
}

async function begin(options: NdjsonTargetOptions, unfinished: NdjsonCheckpoint | undefined): Promise<NdjsonTarget> {
  const { path: wanted, gzip, resume } = options;
  const size = await sizeOf(wanted);
  const mode = freshMode(options, unfinished, size);
  const path = pathFor(mode, wanted);
  if (gzip && resume && size !== undefined) options.onAnew("a compressed file cannot be continued");
  if (!gzip) await removeNdjsonCheckpoint(wanted);
  const isNew = mode === "replace" || size === undefined;
  // One that this command left is empty, or a checkpoint tells of it.
  if (mode === "replace" && !gzip && unfinished?.mode !== "replace" && (await sizeOf(path))) {
    refuse("another file has the name that is needed until it is replaced; move it away", path);
  }
  const file = await openGrowingFile(path, { mustBeNew: mode !== "replace" && size === undefined });
  // Taken up and yet begun anew: without the lines of that export.
  await file.cutBack(mode === "append" ? Math.min(file.size, unfinished?.begin ?? file.size) : 0);
  const begin = file.size;
  return { file: gzip ? new GzipFile(file) : file, path, wanted, mode, begin, isNew, unfinished: undefined };
}

/** What to do with what is there, or a refusal. */
function freshMode(
  { path, gzip, mode, resume }: NdjsonTargetOptions,
  unfinished: NdjsonCheckpoint | undefined,
  size: number | undefined,
): ExportMode {
  // Nothing is there to be kept meanwhile.
  if (size === undefined) return "create";
  if (resume && gzip) return "replace";
  // `takeUp` found that the file is no longer what the checkpoint tells of.
  if (resume && unfinished !== undefined) return unfinished.mode;
  if (unfinished !== undefined && mode !== "replace") {
    refuse("it holds an unfinished export; --resume finishes it, --replace starts over", path);
  }
  if (mode === "create" && resume && size > 0) {
    refuse("the file exists and there is nothing to resume; --replace exports it anew", path);
  }
  if (mode === "create" && !resume) refuse("the file exists; add --append or --replace, or choose another name", path);
  return mode;
}

function pathFor(mode: ExportMode, wanted: string): string {
  return mode === "replace" ? `${wanted}.new` : wanted;
}

/** @throws {EngageError} `usage`, for a directory */
async function sizeOf(path: string): Promise<number | undefined> {
  const found = await stat(path).catch((error) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found?.isDirectory()) refuse("it is a directory", path);
  return found?.size;
}

function refuse(problem: string, path: string): never {
  throw new EngageError("usage", `Cannot write there, ${problem}: ${path}`);
}
