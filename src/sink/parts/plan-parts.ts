import { EngageError } from "../../engage-error.ts";
import type { SavedTally } from "../../export/export-tally.ts";
import { checkSameShape } from "../../export/output-shape.ts";
import { refuse } from "../file/output-file.ts";
import {
  type FinishedParts,
  newExportId,
  type PartSettings,
  prefixOf,
  readFinished,
  readUnfinished,
  UNFINISHED,
  type UnfinishedParts,
} from "./part-records.ts";
import type { PartStore } from "./part-store.ts";

export type PartMode = "create" | "replace";

/** What to do, decided before anything is written. */
export interface PartPlan {
  /** The export that is begun or gone on with. */
  readonly record: UnfinishedParts;
  /** An unfinished export that is dropped when this one begins. */
  readonly dropped: UnfinishedParts | undefined;
  /** Why an export that was to be taken up begins anew all the same. */
  readonly anew: string | undefined;
  /** An export that is finished, and of which nothing can be fetched any more. */
  readonly finished: { readonly at: Date; readonly saved: SavedTally | undefined } | undefined;
}

export interface PartPlanOptions {
  readonly settings: PartSettings;
  readonly mode: PartMode | "resume";
  /** What `resume` does if nothing is unfinished. */
  readonly fresh: PartMode;
}

/**
 * Decides what to do by what the last export left. Changes nothing but to finish one that was killed after it was marked complete.
 *
 * @throws {EngageError} `usage`, if other files are in the way; `checkpoint-mismatch`, if the last export has other settings
 */
export async function planParts(store: PartStore, { settings, mode, fresh }: PartPlanOptions): Promise<PartPlan> {
  const finished = await readFinished(store);
  let unfinished = await readUnfinished(store);
  if (unfinished !== undefined && unfinished.export === finished?.export) {
    await cleanUp(store, unfinished);
    unfinished = undefined;
  }
  const start = { settings, finished, unfinished };
  if (mode !== "resume") return begin(store, mode, start);
  if (unfinished !== undefined) return takeUp(store, unfinished, start);
  if (finished === undefined || fresh === "replace") return begin(store, fresh, start);
  checkSettings(finished, settings, store);
  return done(freshRecord("create", start), new Date(finished.finished), finished.saved);
}

/** Removes what a complete export has replaced, and its own record. */
export async function cleanUp(store: PartStore, { replaces, stale }: UnfinishedParts): Promise<void> {
  await removeParts(store, [...stale, ...(replaces === undefined ? [] : [replaces])]);
  await store.delete(UNFINISHED);
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
async function begin(store: PartStore, mode: PartMode, start: Start, anew?: string): Promise<PartPlan> {
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
async function takeUp(store: PartStore, unfinished: UnfinishedParts, start: Start): Promise<PartPlan> {
  checkSettings(unfinished, start.settings, store);
  const names = new Set(await store.list());
  const isWhole = unfinished.parts.every(({ name }) => names.has(name));
  const mode = start.finished === undefined ? "create" : "replace";
  if (!isWhole) return begin(store, mode, start, "parts of the interrupted export are gone");
  const { ended, saved } = unfinished;
  const record = { ...unfinished, writer: crypto.randomUUID(), ended: undefined };
  if (ended !== undefined && saved?.checkpoint.failedPages.length === 0) return done(record, new Date(ended), saved);
  return { record, dropped: undefined, anew: undefined, finished: undefined };
}

function done(record: UnfinishedParts, at: Date, saved: SavedTally | undefined): PartPlan {
  return { record, dropped: undefined, anew: undefined, finished: { at, saved } };
}

function freshRecord(mode: PartMode, { settings, finished, unfinished }: Start): UnfinishedParts {
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
