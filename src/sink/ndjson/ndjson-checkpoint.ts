import { open, readFile, rename, rm } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import { isCheckpoint } from "../../export/checkpoint.ts";
import type { ExportMode } from "../../export/export-sink.ts";
import type { SavedTally } from "../../export/export-tally.ts";
import { reasonOf } from "./file-error.ts";
import { syncDirectoryOf } from "./growing-file.ts";

/** How far an export into a file got. Plain JSON, without credentials. */
export interface NdjsonCheckpoint {
  readonly version: 1;
  readonly mode: ExportMode;
  /** Where in the file this export begins, and where its whole pages end: bytes. */
  readonly begin: number;
  readonly end: number;
  readonly saved: SavedTally;
}

/** What an unfinished export to `path` left, or undefined where there is none. */
export async function readNdjsonCheckpoint(path: string): Promise<NdjsonCheckpoint | undefined> {
  const file = checkpointPath(path);
  const unreadable = (why: string, cause?: unknown): never => {
    throw new EngageError("usage", `Cannot read how far the export got, ${why}; remove it to start afresh: ${file}`, {
      cause,
    });
  };
  const text = await readFile(file, "utf8").catch((error) =>
    error.code === "ENOENT" ? undefined : unreadable(reasonOf(error), error),
  );
  if (text === undefined) return undefined;
  let checkpoint: unknown;
  try {
    checkpoint = JSON.parse(text);
  } catch (error) {
    return unreadable("the checkpoint is no JSON", error);
  }
  return isNdjsonCheckpoint(checkpoint) ? checkpoint : unreadable("the checkpoint is damaged, or of another version");
}

/** Puts the checkpoint in place whole or not at all, even where the power fails. */
export async function writeNdjsonCheckpoint(path: string, checkpoint: NdjsonCheckpoint): Promise<void> {
  const file = checkpointPath(path);
  const handle = await open(`${file}.tmp`, "w");
  try {
    await handle.writeFile(JSON.stringify(checkpoint));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.tmp`, file);
  await syncDirectoryOf(file);
}

export async function removeNdjsonCheckpoint(path: string): Promise<void> {
  await rm(`${checkpointPath(path)}.tmp`, { force: true });
  await rm(checkpointPath(path), { force: true });
  await syncDirectoryOf(path);
}

/** Lines are cut off where a checkpoint says, so it must say it well. */
function isNdjsonCheckpoint(value: unknown): value is NdjsonCheckpoint {
  const { version, mode, begin = -1, end = -1, saved } = Object(value) as Partial<NdjsonCheckpoint>;
  return (
    version === 1 &&
    (mode === "create" || mode === "append" || mode === "replace") &&
    [begin, end].every((number) => Number.isSafeInteger(number) && number >= 0) &&
    begin <= end &&
    isCheckpoint(saved?.checkpoint)
  );
}

function checkpointPath(path: string): string {
  return `${path}.checkpoint.json`;
}
