export type { EngageWarning, EngageWarningCode, OnWarning } from "./engage-warning.ts";
export type { Checkpoint } from "./export/checkpoint.ts";
export type { ExportResult } from "./export/export-result.ts";
export type {
  ExportMode,
  ExportSink,
  FinishedExport,
  OnFailedPage,
  SinkOptions,
  TableMode,
} from "./export/export-sink.ts";
export type { OutputShape, ResumableSinkOptions } from "./export/output-shape.ts";
export type { UpdateBase } from "./export/update-base.ts";
export type { InvalidProfile } from "./page/page-result.ts";
export type { UnheldProfile } from "./sink/postgres/loading-table.ts";
export type { PostgresSinkOptions } from "./sink/postgres/postgres-options.ts";
export { postgresSink } from "./sink/postgres/postgres-sink.ts";
