import { optionChecks } from "../../option.ts";
import { type ColumnChoice, type ColumnOptions, columnChoice } from "../derived/column-options.ts";

/** Which columns there are, and how the rows collect until they are written. */
export interface RowOptions extends ColumnOptions {
  /**
   * Rows per commit at least, in whole pages: 100 to 100,000.
   * @default 1000
   */
  readonly batchSize?: number | undefined;
  /** What DuckDB may use of memory, such as `1GB`; its own limit unless given, four fifths of what the machine has. */
  readonly memoryLimit?: string | undefined;
}

/** The same with the defaults. */
export interface RowSettings {
  readonly columns: ColumnChoice;
  readonly batchSize: number;
  readonly memoryLimit: string | undefined;
}

/** As DuckDB takes it. */
const SIZE = /^\d+(\.\d+)? ?[KMGT]i?B$/i;

/**
 * Fills in the defaults; throws `usage` if an option is not what it must be.
 *
 * @param task completes the sentence “Cannot …”
 */
export function rowSettings(options: RowOptions, task: string): RowSettings {
  const { batchSize = 1_000, memoryLimit } = options;
  const check = optionChecks(task);
  if (memoryLimit !== undefined && !SIZE.test(memoryLimit)) {
    check.refuse("memoryLimit", "must be a size such as 512MB or 2GB", memoryLimit);
  }
  return {
    columns: columnChoice(options, task),
    batchSize: check.whole("batchSize", batchSize, { from: 100, to: 100_000 }),
    memoryLimit,
  };
}
