import { checkSinkOptions, type ExportMode } from "../../export/export-sink.ts";
import { outputShape, type ResumableSinkOptions } from "../../export/output-shape.ts";
import { optionChecks } from "../../option.ts";
import type { ColumnChoice } from "../derived/column-options.ts";
import { RECORDS_TABLE } from "./table-name.ts";

/** Where a table is. */
export interface TableOptions {
  /** An attached database; the one in use unless given. */
  readonly catalog?: string | undefined;
  /** The schema in use unless given; `main` of a `catalog`. */
  readonly schema?: string | undefined;
  /** @default "profiles" */
  readonly table?: string | undefined;
}

/** How an export comes into a table. */
export interface TableSinkOptions extends TableOptions, ResumableSinkOptions {
  /**
   * `create` a table that is not there yet, `append` to one (the newest profile of an id wins), `replace` one when the
   * export is complete, or `resume` the last export into it that was not finished, in the mode it was begun with.
   * @default "create"
   */
  readonly mode?: ExportMode | "resume" | undefined;
  /**
   * What mode `resume` does if nothing is unfinished.
   * @default "create"
   */
  readonly fresh?: ExportMode | undefined;
  /**
   * Rows per commit at least, in whole pages: 100 to 100,000.
   * @default 1000
   */
  readonly batchSize?: number | undefined;
}

/** How a sink checks its options: each check throws `usage`. */
export const sinkChecks = optionChecks("open the sink");

const FRESH = ["create", "append", "replace"] as const;

/** Fills in the defaults; throws `usage` if an option is not what it must be. */
export function tableOptions(options: TableOptions): TableOptions & { readonly table: string } {
  const { catalog, schema, table = "profiles" } = options;
  if (catalog !== undefined) sinkChecks.text("catalog", catalog);
  if (schema !== undefined) sinkChecks.text("schema", schema);
  if (sinkChecks.text("table", table).toLowerCase() === RECORDS_TABLE) {
    sinkChecks.refuse("table", "must not be the table that keeps the records of exports", table);
  }
  return { catalog, schema, table };
}

/**
 * Fills in the defaults; throws `usage` if an option is not what it must be.
 *
 * @param columns the table of columns that was asked for
 */
export function tableSinkOptions(options: TableSinkOptions, columns?: ColumnChoice) {
  const { mode = "create", fresh = "create", batchSize = 1_000 } = options;
  return {
    ...tableOptions(options),
    ...checkSinkOptions(options),
    columns,
    shape: outputShape(options, columns && { columns }),
    mode: sinkChecks.oneOf("mode", mode, [...FRESH, "resume"]),
    fresh: sinkChecks.oneOf("fresh", fresh, FRESH),
    batchSize: sinkChecks.whole("batchSize", batchSize, { from: 100, to: 100_000 }),
  };
}

/** The options of a sink, with the defaults filled in. */
export type TableSinkSettings = ReturnType<typeof tableSinkOptions>;
