export type { Checkpoint } from "./export/checkpoint.ts";
export type { ExportResult } from "./export/export-result.ts";
export type {
  ExportMode,
  ExportSink,
  FileMode,
  FinishedExport,
  OnFailedPage,
  SinkOptions,
} from "./export/export-sink.ts";
export { type NdjsonFileOptions, ndjsonFile } from "./sink/ndjson/ndjson-file.ts";
export type { ColumnParts, PartsToOpen } from "./sink/parts/column-parts.ts";
export { directoryStore } from "./sink/parts/directory-store.ts";
export type { S3Fetch, S3FetchInit, S3FetchResponse } from "./sink/parts/object-client.ts";
export { type S3StoreOptions, s3Store } from "./sink/parts/object-store.ts";
export { type PartFilesOptions, partFiles } from "./sink/parts/part-files.ts";
export type { FinishedParts, Part } from "./sink/parts/part-records.ts";
export type { PartStore } from "./sink/parts/part-store.ts";
