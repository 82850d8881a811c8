import { guarded } from "../../engage-warning.ts";
import {
  checkSinkOptions,
  type ExportMode,
  type ExportSink,
  exportSink,
  type SinkOptions,
} from "../../export/export-sink.ts";
import { ExportTally } from "../../export/export-tally.ts";
import { outputShape, type ResumableSinkOptions } from "../../export/output-shape.ts";
import { optionChecks } from "../../option.ts";
import { type LineOptions, profileLines } from "../../page/profile-lines.ts";
import { FinishedDriver } from "../file/finished-driver.ts";
import { findOutputFile } from "../file/output-file.ts";
import { lockOutput, type OutputLock } from "../file/output-lock.ts";
import { warnOfDropped } from "../file/warn-of-dropped.ts";
import { LINES, NdjsonFileDriver } from "./ndjson-file-driver.ts";
import {
  type NdjsonPlan,
  openNdjsonTarget,
  planNdjsonFile,
  publishNdjsonFile,
  removeNdjsonCheckpoint,
} from "./ndjson-target.ts";

/** Which file, and how the export comes into it. */
export interface NdjsonFileOptions extends ResumableSinkOptions, LineOptions {
  /** Symbolic links are followed, as a shell's `>` does. */
  readonly path: string;
  /** Default: whether `path` ends in `.gz`. */
  readonly gzip?: boolean | undefined;
  /**
   * `create` a file that is not there yet, `append` lines to one, `replace` one when the export is complete, or `resume` the
   * last export into it that was not finished.
   * @default "create"
   */
  readonly mode?: ExportMode | "resume" | undefined;
  /**
   * What mode `resume` does if nothing is unfinished.
   * @default "create"
   */
  readonly fresh?: ExportMode | undefined;
}

/**
 * Opens a sink that writes a line for each profile into a file. Until the export is finished, it is `<path>.part` beside the
 * file, with a checkpoint; mode `append` adds in place. One process at a time writes a file.
 *
 * A compressed file cannot be continued: mode `resume` starts it over, with a warning.
 *
 * @throws {EngageError} `usage`, `locked` or `write-failed`
 * @example
 * ```ts
 * const sink = await ndjsonFile("profiles.ndjson.gz");
 * const result = await exportProfiles({ projectId, serviceAccount: { username, secret }, sink });
 * ```
 */
export async function ndjsonFile(options: string | NdjsonFileOptions): Promise<ExportSink> {
  const given: NdjsonFileOptions = typeof options === "string" ? { path: options } : options;
  const check = optionChecks("open the file");
  const path = check.text("path", given.path);
  const mode = check.oneOf("mode", given.mode ?? "create", ["create", "append", "replace", "resume"]);
  const fresh = check.oneOf("fresh", given.fresh ?? "create", ["create", "append", "replace"]);
  const settings = checkSinkOptions(given);
  const linesOf = profileLines(given);
  const shape = outputShape(given, given.raw ? { raw: true } : {});
  const onWarning = guarded(settings.onWarning);
  const lock = await lockOutput((await findOutputFile(path)).path, path);
  try {
    const plan = await planNdjsonFile({ path, gzip: given.gzip ?? path.endsWith(".gz"), mode, fresh, shape });
    if (plan.isFinished) return await finishedSink(plan, lock, settings);
    const { anew, dropped } = plan;
    const rows = dropped?.publishing ? 0 : (dropped?.saved?.counts?.totalRows ?? 0);
    warnOfDropped(plan.file.asked, { anew, rows }, onWarning);
    const target = await openNdjsonTarget(plan);
    return exportSink(new NdjsonFileDriver(target, lock, linesOf, onWarning), settings);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What is finished needs no export: one that was killed while it took its name takes it now. */
async function finishedSink(plan: NdjsonPlan, lock: OutputLock, settings: SinkOptions): Promise<ExportSink> {
  await publishNdjsonFile(plan);
  const saved = plan.resumed?.saved;
  // The checkpoint of one that is not complete stays, since it tells why.
  if (saved && new ExportTally(LINES, saved).result().complete) await removeNdjsonCheckpoint(plan);
  const { found } = await findOutputFile(plan.file.asked);
  await lock.release();
  return exportSink(new FinishedDriver(LINES, saved, found?.mtime ?? new Date()), settings);
}
