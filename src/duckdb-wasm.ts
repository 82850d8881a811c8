export type { EngageWarning, EngageWarningCode, OnWarning } from "./engage-warning.ts";
export type { Checkpoint } from "./export/checkpoint.ts";
export type { ExportResult } from "./export/export-result.ts";
export type { ExportMode, ExportSink, OnFailedPage, TableMode } from "./export/export-sink.ts";
export type { UpdateBase } from "./export/update-base.ts";
export { type ChosenColumns, chooseColumns, type PropertyColumn } from "./sink/derived/choose-columns.ts";
export type { ColumnNames } from "./sink/derived/column-names.ts";
export type { ColumnOptions } from "./sink/derived/column-options.ts";
export type { ColumnType } from "./sink/derived/column-type.ts";
export type { FoundProperty } from "./sink/derived/found-properties.ts";
export { type ValueClass, valueClass } from "./sink/derived/value-class.ts";
export type { WasmConnection } from "./sink/duckdb-wasm/duckdb-wasm-engine.ts";
export {
  type DuckDBWasmSinkOptions,
  duckdbWasmSink,
  type WasmDatabaseOptions,
} from "./sink/duckdb-wasm/duckdb-wasm-sink.ts";
export type { DuckDBSink } from "./sink/table/open-table-sink.ts";
export type { TableOptions, TableSinkOptions } from "./sink/table/table-sink-options.ts";
