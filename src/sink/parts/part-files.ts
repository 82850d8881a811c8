import { EngageError } from "../../engage-error.ts";
import { guarded } from "../../engage-warning.ts";
import { checkSinkOptions, type ExportSink, exportSink, type FileMode } from "../../export/export-sink.ts";
import { outputShape, type ResumableSinkOptions } from "../../export/output-shape.ts";
import { optionChecks } from "../../option.ts";
import { type LineOptions, profileLines } from "../../page/profile-lines.ts";
import { writeFailed } from "../file/file-error.ts";
import { FinishedDriver } from "../file/finished-driver.ts";
import { warnOfDropped } from "../file/warn-of-dropped.ts";
import type { ColumnParts } from "./column-parts.ts";
import { directoryStore } from "./directory-store.ts";
import type { UnfinishedParts } from "./part-records.ts";
import type { PartStore } from "./part-store.ts";
import { PARTS, PartsDriver } from "./parts-driver.ts";
import { planParts } from "./plan-parts.ts";

/** Where the parts go, and what they are. */
export interface PartFilesOptions extends ResumableSinkOptions, LineOptions {
  /** A directory, made if it does not exist; instead of `store`. */
  readonly path?: string | undefined;
  /** Any other place, such as `s3Store()`; instead of `path`. */
  readonly store?: PartStore | undefined;
  /**
   * NDJSON, or what `parquetParts()` and `csvParts()` of `engage-export/duckdb` return.
   * @default "ndjson"
   */
  readonly format?: "ndjson" | ColumnParts | undefined;
  /** Of NDJSON. @default true */
  readonly gzip?: boolean | undefined;
  /**
   * The most profiles in a file; of NDJSON in whole pages, more only if one page has more. A file also ends at 128 MB, compressed if
   * it is.
   * @default 100_000
   */
  readonly profilesPerFile?: number | undefined;
  /**
   * `create` the parts in an empty place, `replace` those of a finished export when this one is complete, or `resume` the last
   * export that was not finished.
   * @default "create"
   */
  readonly mode?: FileMode | "resume" | undefined;
  /**
   * What mode `resume` does if nothing is unfinished.
   * @default "create"
   */
  readonly fresh?: FileMode | undefined;
}

/**
 * Opens a sink that writes profiles as a set of files, `part-<export>-00000.ndjson.gz` and so on, each of which appears whole. When
 * all is there, and not before, `_export.json` names them; until then `_unfinished.json` holds what mode `resume` goes on from.
 *
 * Mode `replace` writes new parts, then `_export.json`, and then removes the old parts: a reader of `_export.json` never sees a
 * mixture. The part in the making is held in memory. Parquet and CSV parts are made when the stream closes; until then their rows
 * collect in a DuckDB file `_engage-export-<export>.duckdb`, in the directory or where the store has its `workingDirectory`.
 *
 * @throws {EngageError} `usage`, `locked`, `checkpoint-mismatch` or `write-failed`
 * @example
 * ```ts
 * const sink = await partFiles({ path: "profiles/" });
 * const result = await exportProfiles({ projectId, serviceAccount: { username, secret }, sink });
 * ```
 */
export async function partFiles(options: PartFilesOptions): Promise<ExportSink> {
  const { profilesPerFile = 100_000, mode = "create", fresh = "create" } = options;
  const check = optionChecks("open the part files");
  const columns = columnPartsOf(options);
  const settings = {
    format: columns?.name ?? "ndjson",
    gzip: columns?.gzip ?? gzipOf(options),
    profilesPerFile: check.whole("profilesPerFile", profilesPerFile, { from: 1 }),
    shape: outputShape(options, columns?.shape ?? (options.raw ? { raw: true } : {})),
  } as const;
  check.oneOf("mode", mode, ["create", "replace", "resume"]);
  check.oneOf("fresh", fresh, ["create", "replace"]);
  const linesOf = profileLines(options);
  const sinkOptions = checkSinkOptions(options);
  const onWarning = guarded(sinkOptions.onWarning);
  const store = storeOf(options);
  try {
    await store.open?.();
    if (columns !== undefined) return await columns.open({ store, settings, mode, fresh, sinkSettings: sinkOptions });
    const plan = await planParts(store, { settings, mode, fresh });
    if (plan.finished !== undefined) {
      await store.close?.();
      return exportSink(new FinishedDriver(PARTS, plan.finished.saved, plan.finished.at), sinkOptions);
    }
    const driver = new PartsDriver(store, { ...settings, linesOf }, plan, onWarning);
    await driver.claim();
    const { anew, dropped } = plan;
    warnOfDropped(store.name, { anew, rows: dropped === undefined ? 0 : rowsOf(dropped) }, onWarning);
    return exportSink(driver, sinkOptions);
  } catch (error) {
    await Promise.resolve(store.close?.()).catch(() => {});
    throw error instanceof EngageError ? error : writeFailed(store.name, error);
  }
}

/** Undefined for NDJSON. */
function columnPartsOf({ format = "ndjson", gzip, raw }: PartFilesOptions): ColumnParts | undefined {
  if (format === "ndjson") return undefined;
  const check = optionChecks("open the part files");
  if (typeof format?.open !== "function") {
    check.refuse("format", "must be ndjson, or made by parquetParts() or csvParts() of engage-export/duckdb", format);
  }
  for (const [option, value] of Object.entries({ gzip, raw })) {
    if (value !== undefined) check.refuse(option, `must not be given with ${format.name} parts`, value);
  }
  return format;
}

function gzipOf({ gzip = true }: PartFilesOptions): boolean {
  return typeof gzip === "boolean"
    ? gzip
    : optionChecks("open the part files").refuse("gzip", "must be true or false", gzip);
}

function storeOf({ path, store }: PartFilesOptions): PartStore {
  const check = optionChecks("open the part files");
  if (store === undefined) return directoryStore(check.text("path", path));
  if (path !== undefined) check.refuse("path", "must not be given together with `store`");
  for (const method of ["put", "get", "list", "delete"] as const) {
    if (typeof store[method] !== "function") check.refuse("store", `must have a method \`${method}\``);
  }
  return store;
}

/** The rows of columns cannot be counted without DuckDB. */
function rowsOf(dropped: UnfinishedParts): number | undefined {
  const rows = dropped.parts.reduce((sum, part) => sum + part.rows, 0);
  return rows === 0 && dropped.format !== "ndjson" ? undefined : rows;
}
