export type { Checkpoint } from "./export/checkpoint.ts";
export type { ExportResult } from "./export/export-result.ts";
export type { ExportMode, ExportSink, FinishedExport, OnFailedPage, SinkOptions } from "./export/export-sink.ts";
export { type NdjsonFileOptions, ndjsonFile } from "./sink/ndjson/ndjson-file.ts";
