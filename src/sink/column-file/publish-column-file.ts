import { open } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import { chooseColumns } from "../derived/choose-columns.ts";
import { withColumnAdvice } from "../derived/column-advice.ts";
import type { ColumnOptions } from "../derived/column-options.ts";
import { columnsSelect } from "../derived/columns-select.ts";
import { findProperties } from "../derived/found-properties.ts";
import { writeFailed } from "../file/file-error.ts";
import { type OutputFile, publishPart } from "../file/output-file.ts";
import { exportState } from "../table/plan-export.ts";
import type { TableEngine } from "../table/table-engine.ts";
import { type ExportTables, sqlName } from "../table/table-name.ts";
import type { ColumnFormat, FileRecord } from "./column-format.ts";
import { makeEmptyFile } from "./empty-file.ts";
import { fileIdOf } from "./plan-column-file.ts";
import { openWorking, rememberFile } from "./working-database.ts";

/** How the rows become a file. */
export interface ColumnFile {
  readonly format: ColumnFormat;
  readonly columns: ColumnOptions;
  readonly shape: OutputShape;
  readonly batchSize: number;
  /** Of DuckDB, such as `1GB`. */
  readonly memoryLimit: string | undefined;
}

/**
 * Writes the rows of the working database into the file, which appears whole or not at all.
 *
 * @param replaces whether a file that is there by then may go
 * @returns what the file tells of its export
 */
export async function publishColumnFile(
  { format, columns, memoryLimit }: ColumnFile,
  file: OutputFile,
  replaces: boolean,
): Promise<FileRecord> {
  try {
    const { engine, tables } = await openWorking(file, memoryLimit);
    try {
      const record = await recordOf(engine, tables);
      const table = sqlName(tables.target);
      await withColumnAdvice(file.asked, async () => {
        const chosen = chooseColumns(await findProperties((sql) => engine.query(sql), table), columns);
        const sql = columnsSelect(table, chosen, { jsonType: "VARCHAR" });
        await makeEmptyFile(file.part);
        // Two threads were no quicker with a million rows, whose order is kept, and took twice the memory.
        await engine.query("SET threads = 1");
        await format.write(engine, { sql, chosen, record }, file.part);
      });
      await sync(file.part);
      await rememberFile(engine, await fileIdOf(file.part));
      await publishPart(file, { replace: replaces });
      return record;
    } finally {
      await engine.close();
    }
  } catch (error) {
    throw error instanceof EngageError ? error : writeFailed(file.asked, error);
  }
}

async function recordOf(engine: TableEngine, tables: ExportTables): Promise<FileRecord> {
  const { finished, unfinished } = await exportState(engine, tables);
  if (finished !== undefined) return finished;
  if (unfinished?.saved !== undefined) return { at: new Date(), saved: unfinished.saved, shape: unfinished.shape };
  throw new EngageError("write-failed", "Cannot write the file, the record of its export was deleted; export anew");
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r+");
  await handle.sync().finally(() => handle.close());
}
