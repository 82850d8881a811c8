import { guarded } from "../../engage-warning.ts";
import { checkSinkOptions, type ExportSink, exportSink } from "../../export/export-sink.ts";
import { outputShape, type ResumableSinkOptions } from "../../export/output-shape.ts";
import { optionChecks } from "../../option.ts";
import { type ColumnOptions, columnChoice } from "../derived/column-options.ts";
import { FinishedDriver } from "../file/finished-driver.ts";
import { findOutputFile } from "../file/output-file.ts";
import { lockOutput, type OutputLock } from "../file/output-lock.ts";
import { COLUMN_FILE, ColumnFileDriver } from "./column-file-driver.ts";
import type { ColumnFormat } from "./column-format.ts";
import { type ColumnFileMode, type ColumnFilePlan, planColumnFile } from "./plan-column-file.ts";
import { type ColumnFile, publishColumnFile } from "./publish-column-file.ts";
import { removeWorking } from "./working-database.ts";

/** Which file, which columns, and how the export comes into it. */
export interface ColumnFileOptions extends ColumnOptions, ResumableSinkOptions {
  /** Symbolic links are followed, as a shell's `>` does. */
  readonly path: string;
  /**
   * `create` a file that is not there yet, `replace` one when the export is complete, or `resume` the last export into it that
   * was not finished.
   * @default "create"
   */
  readonly mode?: ColumnFileMode | "resume" | undefined;
  /**
   * What mode `resume` does if nothing is unfinished.
   * @default "create"
   */
  readonly fresh?: ColumnFileMode | undefined;
  /**
   * Rows per commit at least, in whole pages: 100 to 100,000.
   * @default 1000
   */
  readonly batchSize?: number | undefined;
  /** What DuckDB may use of memory, such as `1GB`; its own limit unless given, four fifths of what the machine has. */
  readonly memoryLimit?: string | undefined;
}

const TASK = "open the file";
/** As DuckDB takes it. */
const SIZE = /^\d+(\.\d+)? ?[KMGT]i?B$/i;

/** Opens a sink for a file of that format. */
export async function openColumnFile(format: ColumnFormat, options: ColumnFileOptions): Promise<ExportSink> {
  const check = optionChecks(TASK);
  const path = check.text("path", options.path);
  const { mode = "create", fresh = "create", batchSize = 1_000, memoryLimit } = options;
  for (const [option, value] of Object.entries({ mode, fresh }) as [string, unknown][]) {
    if (value === "append") check.refuse(option, `must not be append, since rows cannot be added to ${format.title}`);
  }
  const sinkSettings = checkSinkOptions(options);
  const columns = columnChoice(options, TASK);
  const shape = outputShape(options, { ...columns });
  const file: ColumnFile = {
    format,
    columns,
    shape,
    batchSize: check.whole("batchSize", batchSize, { from: 100, to: 100_000 }),
    memoryLimit:
      memoryLimit === undefined || SIZE.test(memoryLimit)
        ? memoryLimit
        : check.refuse("memoryLimit", "must be a size such as 512MB or 2GB", memoryLimit),
  };
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
  if (plan.kind === "publish") await removeWorking(plan.file);
  await lock.release();
  return new FinishedDriver(COLUMN_FILE, record?.saved, record?.at ?? found?.mtime ?? new Date());
}
