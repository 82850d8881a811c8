import type { Checkpoint } from "../../export/checkpoint.ts";
import type { ExportSink } from "../../export/export-sink.ts";
import type { PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { locateTables } from "./locate-tables.ts";
import { planExport } from "./plan-export.ts";
import type { TableEngine } from "./table-engine.ts";
import { TableExport } from "./table-export.ts";
import type { tableSinkOptions } from "./table-sink-options.ts";

/** A sink that writes profiles into a table. */
export interface DuckDBSink extends ExportSink {
  /** Where the export that mode `resume` takes up goes on: give it to `profilePages({ resume })`. */
  readonly checkpoint: Checkpoint | undefined;
}

/** Opens a sink over a database, which is closed when the sink is, and where the sink cannot be opened. */
export async function openTableSink(
  engine: TableEngine,
  settings: ReturnType<typeof tableSinkOptions>,
): Promise<DuckDBSink> {
  try {
    const plan = await planExport(engine, await locateTables(engine, settings), settings);
    const tableExport = new TableExport(engine, plan, settings);
    const stream = new WritableStream<PageResult<ProfileRow>>({
      write: (page) => tableExport.write(page),
      close: () => tableExport.close(),
      abort: (reason) => tableExport.abort(reason),
    });
    return Object.assign(stream, {
      result: tableExport.result,
      soFar: () => tableExport.soFar(),
      restarts: true,
      checkpoint: plan.saved?.checkpoint,
    });
  } catch (error) {
    await engine.close();
    throw error;
  }
}
