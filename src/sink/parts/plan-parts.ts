import { EngageError } from "../../engage-error.ts";
import type { FileMode } from "../../export/export-sink.ts";
import type { SavedTally } from "../../export/export-tally.ts";
import { isSpent } from "../../export/is-spent.ts";
import { checkSameShape } from "../../export/output-shape.ts";
import { refuse } from "../file/output-file.ts";
import { removeWorkingFiles } from "../file/working-files.ts";
import {
  type FinishedParts,
  finishedTally,
  hasEnded,
  newExportId,
  type PartSettings,
  prefixOf,
  readFinished,
  readUnfinished,
  UNFINISHED,
  type UnfinishedParts,
} from "./part-records.ts";
import type { PartStore } from "./part-store.ts";
import { partsWorkingPath } from "./parts-working-path.ts";

/** What to do, decided before anything is written. */
export interface PartPlan {
  /** The export that is begun or gone on with. */
  readonly record: UnfinishedParts;
  /** An unfinished export that is dropped when this one begins. */
  readonly dropped: UnfinishedParts | undefined;
  /** Why the unfinished export cannot be resumed, if it was to be. */
  readonly anew: string | undefined;
  /** An export that is finished, and of which nothing can be fetched any more. */
  readonly finished: { readonly at: Date; readonly saved: SavedTally | undefined } | undefined;
}

export interface PartPlanOptions {
  readonly settings: PartSettings;
  readonly mode: FileMode | "resume";
  /** What `resume` does if nothing is unfinished. */
  readonly fresh: FileMode;
  /** Finds out why an interrupted export cannot be gone on with; undefined if it can. Default: whether its parts are there. */
  readonly whyAnew?: (unfinished: UnfinishedParts) => Promise<string | undefined>;
}

/**
 * Decides what to do by what the last export left. Changes nothing but to finish one that was killed after it was marked complete.
 *
 * @throws {EngageError} `usage`, if other files are in the way; `checkpoint-mismatch`, if the last export has other settings
 */
export async function planParts(store: PartStore, options: PartPlanOptions): Promise<PartPlan> {
  const { settings, mode, fresh, whyAnew = (unfinished) => missingParts(store, unfinished) } = options;
  const finished = await readFinished(store);
  let unfinished = await readUnfinished(store);
  if (unfinished !== undefined && unfinished.export === finished?.export) {
    await cleanUp(store, unfinished);
    unfinished = undefined;
  }
  const start = { settings, finished, unfinished };
  if (mode !== "resume") return begin(store, mode, start);
  if (unfinished !== undefined && !(fresh === "replace" && isSpent(unfinished.saved, { keyed: false }))) {
    checkSettings(unfinished, settings, store);
    return takeUp(store, unfinished, start, await whyAnew(unfinished));
  }
  if (finished === undefined || fresh === "replace") return begin(store, fresh, start);
  checkSettings(finished, settings, store);
  return done(freshRecord("create", start), new Date(finished.finished), finishedTally(finished));
}

/** Removes what a complete export has replaced, and its own record. */
export async function cleanUp(store: PartStore, { export: id, replaces, stale }: UnfinishedParts): Promise<void> {
  const dropped = [...stale, ...(replaces === undefined ? [] : [replaces])];
  await removeParts(store, dropped);
  await removeRows(store, [id, ...dropped]);
  await store.delete(UNFINISHED);
}

/** Removes the rows of exports that have collected on this machine, and of which no part is made any more. */
export async function removeRows(store: PartStore, ids: readonly string[]): Promise<void> {
  for (const id of ids) await removeWorkingFiles(partsWorkingPath(store, id));
}

/** Removes every part of some exports but those to keep. */
export async function removeParts(
  store: PartStore,
  ids: readonly string[],
  keep: readonly string[] = [],
): Promise<void> {
  if (ids.length === 0) return;
  for (const name of await store.list()) {
    if (ids.some((id) => name.startsWith(prefixOf(id))) && !keep.includes(name)) await store.delete(name);
  }
}

interface Start {
  readonly settings: PartSettings;
  readonly finished: FinishedParts | undefined;
  readonly unfinished: UnfinishedParts | undefined;
}

/** The plan of an export that begins, or a refusal. */
async function begin(store: PartStore, mode: FileMode, start: Start, anew?: string): Promise<PartPlan> {
  const { finished, unfinished } = start;
  if (finished !== undefined && mode === "create") {
    refuse("a finished export is there; replace it, or choose another place", store.name);
  }
  if (finished === undefined && unfinished === undefined && (await store.list()).length > 0) {
    refuse("other files are there; choose an empty place", store.name);
  }
  return { record: freshRecord(mode, start), dropped: unfinished, anew, finished: undefined };
}

/** The plan of an export that is gone on with. */
async function takeUp(
  store: PartStore,
  unfinished: UnfinishedParts,
  start: Start,
  anew: string | undefined,
): Promise<PartPlan> {
  const mode = start.finished === undefined ? "create" : "replace";
  if (anew !== undefined) return begin(store, mode, start, anew);
  const { ended } = unfinished;
  const record = { ...unfinished, writer: crypto.randomUUID(), ended: undefined, result: undefined };
  if (ended !== undefined && hasEnded(unfinished)) return done(record, new Date(ended), finishedTally(unfinished));
  return { record, dropped: undefined, anew: undefined, finished: undefined };
}

/** Why an export cannot be gone on with, if its parts are not there. */
export async function missingParts(store: PartStore, { parts }: UnfinishedParts): Promise<string | undefined> {
  const names = new Set(await store.list());
  return parts.every(({ name }) => names.has(name)) ? undefined : "parts of the interrupted export are gone";
}

function done(record: UnfinishedParts, at: Date, saved: SavedTally | undefined): PartPlan {
  return { record, dropped: undefined, anew: undefined, finished: { at, saved } };
}

function freshRecord(mode: FileMode, { settings, finished, unfinished }: Start): UnfinishedParts {
  return {
    version: 1,
    export: newExportId(),
    writer: crypto.randomUUID(),
    mode,
    ...settings,
    parts: [],
    stale: unfinished === undefined ? [] : [...unfinished.stale, unfinished.export],
    replaces: finished?.export,
  };
}

function checkSettings(last: PartSettings, now: PartSettings, { name }: PartStore): void {
  const { format, gzip, profilesPerFile } = now;
  const differs = (what: string): never => {
    throw new EngageError("checkpoint-mismatch", `Cannot resume, the last export there has ${what}: ${name}`);
  };
  if (last.format !== format) differs(`parts of the format ${last.format}`);
  if (last.gzip !== gzip) differs(last.gzip ? "compressed parts" : "parts that are not compressed");
  if (last.profilesPerFile !== profilesPerFile) differs(`${last.profilesPerFile} profiles per file`);
  checkSameShape(last.shape, now.shape);
}
