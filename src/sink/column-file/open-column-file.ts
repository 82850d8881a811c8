import { guarded } from "../../engage-warning.ts";
import { checkSinkOptions, type ExportSink, exportSink, type FileMode } from "../../export/export-sink.ts";
import { outputShape, type ResumableSinkOptions } from "../../export/output-shape.ts";
import { optionChecks } from "../../option.ts";
import { FinishedDriver } from "../file/finished-driver.ts";
import { findOutputFile } from "../file/output-file.ts";
import { lockOutput, type OutputLock } from "../file/output-lock.ts";
import { removeWorkingFiles } from "../file/working-files.ts";
import { ColumnFileDriver, KEYED_ROWS } from "./column-file-driver.ts";
import type { ColumnFormat } from "./column-format.ts";
import { type ColumnFilePlan, planColumnFile } from "./plan-column-file.ts";
import { type ColumnFile, publishColumnFile } from "./publish-column-file.ts";
import { type RowOptions, rowSettings } from "./row-options.ts";
import { fileWorkingPath } from "./working-database.ts";

/** Which file, which columns, and how the export comes into it. */
export interface ColumnFileOptions extends RowOptions, ResumableSinkOptions {
  /** Symbolic links are followed, as a shell's `>` does. */
  readonly path: string;
  /**
   * `create` a file that is not there yet, `replace` one when the export is complete, or `resume` the last export into it that
   * was not finished.
   * @default "create"
   */
  readonly mode?: FileMode | "resume" | undefined;
  /**
   * What mode `resume` does if nothing is unfinished.
   * @default "create"
   */
  readonly fresh?: FileMode | undefined;
}

const TASK = "open the file";

/** Opens a sink for a file of that format. */
export async function openColumnFile(format: ColumnFormat, options: ColumnFileOptions): Promise<ExportSink> {
  const check = optionChecks(TASK);
  const path = check.text("path", options.path);
  const { mode = "create", fresh = "create" } = options;
  for (const [option, value] of Object.entries({ mode, fresh }) as [string, unknown][]) {
    if (value === "append") check.refuse(option, `must not be append, since rows cannot be added to ${format.title}`);
  }
  const sinkSettings = checkSinkOptions(options);
  const rows = rowSettings(options, TASK);
  const shape = outputShape(options, { ...rows.columns });
  const file: ColumnFile = { format, shape, ...rows };
  const settings = {
    path,
    shape,
    mode: check.oneOf("mode", mode, ["create", "replace", "resume"]),
    fresh: check.oneOf("fresh", fresh, ["create", "replace"]),
  };
  const lock = await lockOutput((await findOutputFile(path)).path);
  try {
    const plan = await planColumnFile(format, settings);
    const driver =
      plan.kind === "begin" || plan.kind === "resume"
        ? await ColumnFileDriver.open(plan, file, lock, guarded(sinkSettings.onWarning))
        : await finishedDriver(plan, file, lock);
    return exportSink(driver, sinkSettings);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** What is finished needs no export: one that was killed while it wrote the file writes it now. */
async function finishedDriver(
  plan: Extract<ColumnFilePlan, { readonly kind: "publish" | "finished" }>,
  settings: ColumnFile,
  lock: OutputLock,
): Promise<FinishedDriver> {
  const { found } = plan.file;
  const record = plan.kind === "publish" ? await publishColumnFile(settings, plan.file, true) : plan.record;
  if (plan.kind === "publish") await removeWorkingFiles(fileWorkingPath(plan.file));
  await lock.release();
  return new FinishedDriver(KEYED_ROWS, record?.saved, record?.at ?? found?.mtime ?? new Date());
}
