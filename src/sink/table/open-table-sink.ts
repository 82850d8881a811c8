import { type ExportSink, exportSink } from "../../export/export-sink.ts";
import { locateTables } from "./locate-tables.ts";
import { planExport } from "./plan-export.ts";
import { TableDriver } from "./table-driver.ts";
import type { TableEngine } from "./table-engine.ts";
import type { tableSinkOptions } from "./table-sink-options.ts";

/** A sink that writes profiles into a table. */
export type DuckDBSink = ExportSink;

/** Opens a sink over a database, which is closed when the sink is, and if the sink cannot be opened. */
export async function openTableSink(
  engine: TableEngine,
  settings: ReturnType<typeof tableSinkOptions>,
): Promise<DuckDBSink> {
  try {
    const plan = await planExport(engine, await locateTables(engine, settings), settings);
    return exportSink(new TableDriver(engine, plan, settings), settings);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
