export type { Checkpoint } from "./checkpoint.ts";
export type { EngageWarning, EngageWarningCode, OnWarning } from "./engage-warning.ts";
export type { ExportResult } from "./export-result.ts";
export type { ExportSink, OnFailedPage } from "./export-sink.ts";
export type { WasmConnection } from "./sink/duckdb-wasm-engine.ts";
export { type DuckDBWasmSinkOptions, duckdbWasmSink, type WasmDatabaseOptions } from "./sink/duckdb-wasm-sink.ts";
export type { ExportMode } from "./sink/export-mark.ts";
export type { DuckDBSink } from "./sink/open-table-sink.ts";
export type { TableOptions, TableSinkOptions } from "./sink/sink-options.ts";
