import { checkSinkOptions, type TableMode } from "../../export/export-sink.ts";
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
   * export is complete, `update` one by what has changed since the last complete export of the same query (by all profiles if
   * there is none, which makes a table that is not there), or `resume` the last export into it that was not finished, in the
   * mode it was begun with.
   * @default "create"
   */
  readonly mode?: TableMode | "resume" | undefined;
  /**
   * What mode `resume` does if nothing is unfinished.
   * @default "create"
   */
  readonly fresh?: TableMode | undefined;
  /**
   * Milliseconds that an update goes back behind the export it follows, since `$last_seen` has no zone and may come late.
   * @default 172_800_000 (48 hours)
   */
  readonly overlap?: number | undefined;
  /**
   * Rows per commit at least, in whole pages: 100 to 100,000.
   * @default 1000
   */
  readonly batchSize?: number | undefined;
}

/** How a sink checks its options: each check throws `usage`. */
export const sinkChecks = optionChecks("open the sink");

const FRESH = ["create", "append", "replace", "update"] as const;
/** As many milliseconds as there are since the year 0. */
const LONGEST_OVERLAP = 62_000_000_000_000;
const TWO_DAYS = 48 * 60 * 60 * 1000;

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
  const { mode = "create", fresh = "create", batchSize = 1_000, overlap } = options;
  if (overlap !== undefined && mode !== "update" && fresh !== "update") {
    sinkChecks.refuse("overlap", "must be left out, except in mode `update`", overlap);
  }
  return {
    ...tableOptions(options),
    ...checkSinkOptions(options),
    columns,
    shape: outputShape(options, columns && { columns }),
    mode: sinkChecks.oneOf("mode", mode, [...FRESH, "resume"]),
    fresh: sinkChecks.oneOf("fresh", fresh, FRESH),
    overlap: sinkChecks.whole("overlap", overlap ?? TWO_DAYS, { to: LONGEST_OVERLAP, unit: "milliseconds" }),
    batchSize: sinkChecks.whole("batchSize", batchSize, { from: 100, to: 100_000 }),
  };
}

/** The options of a sink, with the defaults filled in. */
export type TableSinkSettings = ReturnType<typeof tableSinkOptions>;
