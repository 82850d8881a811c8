import { EngageError } from "../../engage-error.ts";
import { isCheckpoint } from "../../export/checkpoint.ts";
import type { ExportResult } from "../../export/export-result.ts";
import type { FileMode } from "../../export/export-sink.ts";
import type { FinishedTally, SavedTally } from "../../export/export-tally.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import type { EffectiveQuery } from "../../page/page-result.ts";
import type { PartStore } from "./part-store.ts";

/** The mark of a complete export, written last. */
const FINISHED = "_export.json";
/** How far an export got that has no such mark yet. */
export const UNFINISHED = "_unfinished.json";

/** A part is held in memory until it is whole, so one of huge profiles ends early. */
export const LARGEST_PART = 128 * 2 ** 20;

/** One file of an export. */
export interface Part {
  readonly name: string;
  readonly rows: number;
  readonly bytes: number;
}

/** What shapes the files, so that an export is gone on with as it was begun. */
export interface PartSettings {
  readonly format: "ndjson" | "parquet" | "csv";
  readonly gzip: boolean;
  readonly profilesPerFile: number;
  readonly shape: OutputShape;
}

type RecordedResult = ReturnType<ExportResult["toJSON"]>;

/** What `_export.json` holds. */
export interface FinishedParts extends PartSettings {
  readonly version: 1;
  /** The id of the export, which the names of its parts carry. */
  readonly export: string;
  /** ISO 8601. */
  readonly finished: string;
  readonly query: EffectiveQuery | undefined;
  readonly result: RecordedResult;
  readonly parts: readonly Part[];
  /** The same for the next run with mode `resume`. */
  readonly saved: SavedTally | undefined;
}

/** What `_unfinished.json` holds. */
export interface UnfinishedParts extends PartSettings {
  readonly version: 1;
  readonly export: string;
  /** Changes with each run, so that a run knows when another one has taken its place. */
  readonly writer: string;
  readonly mode: FileMode;
  readonly parts: readonly Part[];
  /** The pages that `parts` hold; undefined before the first one. */
  readonly saved?: SavedTally | undefined;
  /** When it ended without being complete: ISO 8601. */
  readonly ended?: string | undefined;
  /** What it had come to when it ended. */
  readonly result?: RecordedResult | undefined;
  /** Exports that were dropped, and whose parts may still be there. */
  readonly stale: readonly string[];
  /** The export whose parts go when this one is complete. */
  readonly replaces?: string | undefined;
}

/** What an export that is over had counted, and when it ran. */
export function finishedTally({
  saved,
  result,
}: FinishedParts | UnfinishedParts): (SavedTally & Partial<FinishedTally>) | undefined {
  const { fetched_at, duration_seconds: durationSeconds } = Object(result) as Partial<RecordedResult>;
  const startedAt = new Date(fetched_at ?? Number.NaN);
  if (saved === undefined || Number.isNaN(startedAt.getTime()) || typeof durationSeconds !== "number") return saved;
  return { ...saved, startedAt, durationSeconds };
}

/** Whether an export ended without being complete, and nothing is left to fetch. */
export function hasEnded({ ended, saved }: UnfinishedParts): boolean {
  return ended !== undefined && saved?.checkpoint.failedPages.length === 0;
}

/** An id for the names of an export's parts. */
export function newExportId(): string {
  return crypto.randomUUID().replaceAll("-", "").slice(0, 12);
}

/** What the names of all parts of an export begin with. */
export function prefixOf(id: string): string {
  return `part-${id}-`;
}

/** @throws {EngageError} `usage`, if it cannot be read or holds something else */
export async function readFinished(store: PartStore): Promise<FinishedParts | undefined> {
  return readRecord(store, FINISHED, (value): value is FinishedParts => {
    const { finished, saved, result } = Object(value) as Partial<FinishedParts>;
    const isDated = typeof finished === "string" && !Number.isNaN(Date.parse(finished));
    return isDated && typeof result === "object" && isSaved(saved);
  });
}

/** @throws {EngageError} `usage`, if it cannot be read or holds something else */
export async function readUnfinished(store: PartStore): Promise<UnfinishedParts | undefined> {
  return readRecord(store, UNFINISHED, (value): value is UnfinishedParts => {
    const { mode, stale, saved, writer } = Object(value) as Partial<UnfinishedParts>;
    const isMode = mode === "create" || mode === "replace";
    return isMode && typeof writer === "string" && Array.isArray(stale) && isSaved(saved);
  });
}

export async function writeRecord(store: PartStore, record: FinishedParts | UnfinishedParts): Promise<void> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(record)}\n`);
  await store.put("finished" in record ? FINISHED : UNFINISHED, bytes);
}

async function readRecord<Content extends FinishedParts | UnfinishedParts>(
  store: PartStore,
  name: string,
  isValid: (value: unknown) => value is Content,
): Promise<Content | undefined> {
  const bytes = await store.get(name);
  if (bytes === undefined) return undefined;
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (isValid(content) && isOfParts(content)) return content;
  } catch {
    // What is no JSON is no record either.
  }
  const message = `Cannot write there, ${name} is damaged or of another version; remove it to start over: ${store.name}`;
  throw new EngageError("usage", message);
}

/** Files are removed by what a record says, so it must say it well. */
function isOfParts({ version, export: id, parts, profilesPerFile }: FinishedParts | UnfinishedParts): boolean {
  const isPart = ({ name, rows, bytes }: Part) =>
    [rows, bytes].every(Number.isSafeInteger) && name.startsWith(prefixOf(id));
  return version === 1 && /^[0-9a-f]{12}$/.test(id) && Number.isSafeInteger(profilesPerFile) && parts.every(isPart);
}

function isSaved(saved: SavedTally | undefined): boolean {
  return saved === undefined || isCheckpoint(saved.checkpoint);
}
