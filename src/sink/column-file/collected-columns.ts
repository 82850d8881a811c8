import { EngageError } from "../../engage-error.ts";
import { type ChosenColumns, chooseColumns } from "../derived/choose-columns.ts";
import type { ColumnOptions } from "../derived/column-options.ts";
import { columnsSelect } from "../derived/columns-select.ts";
import { findProperties } from "../derived/found-properties.ts";
import { exportState } from "../table/plan-export.ts";
import { sqlName } from "../table/table-name.ts";
import type { FileRecord } from "./column-format.ts";
import type { WorkingDatabase } from "./working-database.ts";

/** All rows of a working database as columns. */
export interface CollectedColumns {
  readonly record: FileRecord;
  readonly chosen: ChosenColumns;
  /** The table of the rows, as SQL. */
  readonly table: string;
  /** A SELECT of these columns over all rows, or over those of a query that has what the table has. */
  select(rows?: string): string;
}

/** Chooses the columns by all rows, and makes the database ready to write them into files. */
export async function collectedColumns(working: WorkingDatabase, columns: ColumnOptions): Promise<CollectedColumns> {
  const { engine, tables } = working;
  const record = await recordOf(working);
  const table = sqlName(tables.target);
  const chosen = chooseColumns(await findProperties((sql) => engine.query(sql), table), columns);
  // Two threads were no quicker with a million rows, whose order is kept, and took twice the memory.
  await engine.query("SET threads = 1");
  return { record, chosen, table, select: (rows = table) => columnsSelect(rows, chosen, { jsonType: "VARCHAR" }) };
}

async function recordOf({ engine, tables }: WorkingDatabase): Promise<FileRecord> {
  const { finished, unfinished } = await exportState(engine, tables);
  if (finished !== undefined) return finished;
  if (unfinished?.saved !== undefined) return { at: new Date(), saved: unfinished.saved, shape: unfinished.shape };
  throw new EngageError("write-failed", "Cannot write the file, the record of its export was deleted; export again");
}
