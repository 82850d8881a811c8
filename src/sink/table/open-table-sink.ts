import { guarded } from "../../engage-warning.ts";
import { type ExportSink, exportSink } from "../../export/export-sink.ts";
import { warnOfLost } from "./export-warnings.ts";
import { locateTables } from "./locate-tables.ts";
import { planExport } from "./plan-export.ts";
import { rehearsePublishing } from "./publish-export.ts";
import { TableDriver } from "./table-driver.ts";
import type { TableEngine } from "./table-engine.ts";
import type { TableSinkSettings } from "./table-sink-options.ts";

/** A sink that writes profiles into a table. */
export type DuckDBSink = ExportSink;

/** Opens a sink over a database, which is closed when the sink is, and if the sink cannot be opened. */
export async function openTableSink(engine: TableEngine, options: TableSinkSettings): Promise<DuckDBSink> {
  const settings = { ...options, onWarning: guarded(options.onWarning) };
  try {
    const tables = await locateTables(engine, settings);
    await engine.checkOneInstance(tables.target.catalog);
    const plan = await planExport(engine, tables, settings);
    const lost = await rehearsePublishing(engine, plan);
    warnOfLost(tables, lost, settings.onWarning);
    if (plan.finishedAt !== undefined) await engine.close();
    return exportSink(new TableDriver(engine, plan, { ...settings, toldOfLost: lost }), settings);
  } catch (error) {
    await engine.close();
    throw error;
  }
}
