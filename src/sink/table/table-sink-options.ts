import { EngageError } from "../../engage-error.ts";
import type { OnWarning } from "../../engage-warning.ts";
import type { ExportMode, OnFailedPage } from "../../export/export-sink.ts";
import { MARKS_TABLE } from "./table-name.ts";

/** Where a table is. */
export interface TableOptions {
  /** An attached database; the one in use unless given. */
  readonly catalog?: string;
  /** The schema in use unless given; `main` of a `catalog`. */
  readonly schema?: string;
  /** @default "profiles" */
  readonly table?: string;
}

/** How an export comes into a table. */
export interface TableSinkOptions extends TableOptions {
  /**
   * `create` a table that is not there yet, `append` to one (the newest profile of an id wins), `replace` one when the
   * export is complete, or `resume` the last export into it that was not finished, in the mode it was begun with.
   * @default "create"
   */
  readonly mode?: ExportMode | "resume";
  /**
   * What mode `resume` does where nothing is unfinished.
   * @default "create"
   */
  readonly fresh?: ExportMode;
  /**
   * Rows per commit at least, in whole pages: 100 to 100,000.
   * @default 1000
   */
  readonly batchSize?: number;
  /**
   * What to do about a page that failed: `finish` publishes the others and then rejects with `incomplete`, `stop`
   * rejects at once, `skip` leaves it to the result.
   * @default "finish"
   */
  readonly onFailedPage?: OnFailedPage;
  /** Hears of profiles without an id, of text that was replaced, and of an unfinished export that is dropped. */
  readonly onWarning?: OnWarning;
}

const MODES = ["create", "append", "replace", "resume"];

/** Fills in the defaults; throws `usage` where an option is not what it may be. */
export function tableOptions(options: TableOptions): TableOptions & { readonly table: string } {
  const { catalog, schema, table = "profiles" } = options;
  for (const [name, value] of Object.entries({ catalog, schema, table })) {
    if (value !== undefined && (typeof value !== "string" || value === "" || value.includes("\0"))) {
      throw usage(`\`${name}\` is a name that is not empty`, value);
    }
  }
  if (table.toLowerCase() === MARKS_TABLE) throw usage("`table` is the one that keeps the exports' marks", table);
  return { catalog, schema, table };
}

/** Fills in the defaults; throws `usage` where an option is not what it may be. */
export function tableSinkOptions(options: TableSinkOptions) {
  const {
    mode = "create",
    fresh = "create",
    batchSize = 1_000,
    onFailedPage = "finish",
    onWarning = () => {},
  } = options;
  if (!MODES.includes(mode)) throw usage(`\`mode\` is one of ${MODES.join(", ")}`, mode);
  if (!MODES.slice(0, 3).includes(fresh)) throw usage(`\`fresh\` is one of ${MODES.slice(0, 3).join(", ")}`, fresh);
  if (!Number.isInteger(batchSize) || batchSize < 100 || batchSize > 100_000) {
    throw usage("`batchSize` is a whole number from 100 to 100,000", batchSize);
  }
  if (!["finish", "stop", "skip"].includes(onFailedPage)) {
    throw usage("`onFailedPage` is one of finish, stop, skip", onFailedPage);
  }
  if (typeof onWarning !== "function") throw usage("`onWarning` is a function", onWarning);
  return { ...tableOptions(options), mode, fresh, batchSize, onFailedPage, onWarning };
}

/** The error of an option that is not what it may be. */
export function usage(rule: string, value: unknown): EngageError {
  return new EngageError("usage", `Cannot open the sink, ${rule}: ${String(value)}`);
}
