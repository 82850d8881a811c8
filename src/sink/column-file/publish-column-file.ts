import { open } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import { withColumnAdvice } from "../derived/column-advice.ts";
import { writeFailed } from "../file/file-error.ts";
import { type OutputFile, publishPart } from "../file/output-file.ts";
import { collectedColumns } from "./collected-columns.ts";
import type { ColumnFormat, FileRecord } from "./column-format.ts";
import { makeEmptyFile } from "./empty-file.ts";
import { fileIdOf } from "./plan-column-file.ts";
import type { RowSettings } from "./row-options.ts";
import { fileWorkingPath, openWorking, rememberFile } from "./working-database.ts";

/** How the rows become a file. */
export interface ColumnFile extends RowSettings {
  readonly format: ColumnFormat;
  readonly shape: OutputShape;
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
    const working = await openWorking(fileWorkingPath(file), memoryLimit);
    const { engine } = working;
    try {
      const record = await withColumnAdvice(file.asked, async () => {
        const { select, ...content } = await collectedColumns(working, columns);
        await makeEmptyFile(file.part);
        await format.write(engine, { ...content, sql: select() }, file.part);
        return content.record;
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

async function sync(path: string): Promise<void> {
  const handle = await open(path, "r+");
  await handle.sync().finally(() => handle.close());
}
