import type { FileMode } from "../../export/export-sink.ts";
import type { OutputShape } from "../../export/output-shape.ts";
import { planExport } from "../table/plan-export.ts";
import { TableDriver, type TableDriverSettings } from "../table/table-driver.ts";
import { beginWorking, openWorking } from "./working-database.ts";

/** How rows come into a working database. */
export interface CollectSettings extends TableDriverSettings {
  readonly mode: FileMode | "resume";
  readonly shape: OutputShape;
  /** Of DuckDB, such as `1GB`. */
  readonly memoryLimit: string | undefined;
}

/** Opens a working database for rows. Publishing or leaving closes it. */
export async function collectRows(path: string, settings: CollectSettings): Promise<TableDriver> {
  const { engine, tables } = await openWorking(path, settings.memoryLimit);
  try {
    if (settings.mode !== "resume") await beginWorking(engine);
    // That there is an export to resume was found out before.
    const plan = await planExport(engine, tables, { ...settings, fresh: "create", overlap: 0 });
    return new TableDriver(engine, plan, settings);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
