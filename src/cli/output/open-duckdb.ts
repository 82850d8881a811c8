import type { Messages } from "../terminal/messages.ts";
import type { OutputIO, OutputPlan } from "./formats.ts";
import type { OpenOutput } from "./open-output.ts";
import { sinkOptions } from "./sink-options.ts";

/** Opens a table of a DuckDB file. */
export async function openDuckDB(plan: OutputPlan, _: OutputIO, messages: Messages): Promise<OpenOutput> {
  const { path = "", table = "profiles", batchSize, columns, update } = plan;
  const mode = update === undefined ? plan.mode : "update";
  // Loaded for DuckDB only: it takes 70 MB on the disk and a moment to start.
  const { duckdbSink } = await import("../../duckdb.ts");
  const sink = await duckdbSink({
    // DuckDB takes a tilde for the home directory; the shell has replaced those that were meant so.
    path: path.startsWith("~") ? `./${path}` : path,
    table,
    batchSize,
    columns,
    ...sinkOptions(plan, mode, messages),
    overlap: update?.overlap,
  });
  const tables = columns === undefined ? `table ${table}` : `tables ${table} and ${table}_columns`;
  return { sink, resumable: true, holdsStdout: false, destination: `${path}, ${tables}` };
}
