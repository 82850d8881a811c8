import type { Messages } from "../terminal/messages.ts";
import type { OutputIO, OutputPlan } from "./formats.ts";
import type { OpenOutput } from "./open-output.ts";
import { inAskedProperties, sinkOptions } from "./sink-options.ts";

/** Opens a file that has a column for each property. */
export async function openColumnFile(plan: OutputPlan, _: OutputIO, messages: Messages): Promise<OpenOutput> {
  const { format, path = "", gzip, columns, mode } = plan;
  const fresh = mode === "replace" ? "replace" : "create";
  const options = {
    path,
    ...columns,
    ...sinkOptions(plan, fresh, messages),
  } as const;
  // Loaded for columns only: DuckDB takes 70 MB on the disk and a moment to start.
  const { csvFile, parquetFile } = await import("../../duckdb.ts");
  const opening = format.name === "csv" ? csvFile({ ...options, gzip }) : parquetFile(options);
  const sink = await opening.catch(inAskedProperties);
  return { sink, resumable: true, holdsStdout: false, destination: path };
}
