export type { EngageWarning, EngageWarningCode, OnWarning } from "./engage-warning.ts";
export type { Checkpoint } from "./export/checkpoint.ts";
export type { ExportResult } from "./export/export-result.ts";
export type { ExportMode, ExportSink, OnFailedPage } from "./export/export-sink.ts";
export type { DatabaseOptions } from "./sink/duckdb/duckdb-database.ts";
export { type DuckDBSinkOptions, duckdbSink } from "./sink/duckdb/duckdb-sink.ts";
export { type ReadCheckpointOptions, readCheckpoint } from "./sink/duckdb/read-checkpoint.ts";
export type { DuckDBSink } from "./sink/table/open-table-sink.ts";
export type { TableOptions, TableSinkOptions } from "./sink/table/table-sink-options.ts";
