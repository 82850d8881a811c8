export { EngageError, type EngageErrorCode, type EngageErrorDetails, isEngageError } from "./engage-error.ts";
export type { EngageWarning, EngageWarningCode, OnWarning } from "./engage-warning.ts";
export type { Checkpoint } from "./export/checkpoint.ts";
export {
  type ExportProfilesOptions,
  exportProfiles,
  type PageProgress,
  type RowTransform,
} from "./export/export-profiles.ts";
export type { ExportResult } from "./export/export-result.ts";
export type { ExportMode, ExportSink, OnFailedPage, SinkOptions } from "./export/export-sink.ts";
export type { OutputShape, ResumableSinkOptions } from "./export/output-shape.ts";
export type { UpdateBase } from "./export/update-base.ts";
export type { EngageProfile } from "./page/engage-profile.ts";
export type {
  EffectiveQuery,
  ExportSession,
  FailedPage,
  InvalidProfile,
  LoadedPage,
  PageResult,
} from "./page/page-result.ts";
export type { LineOptions } from "./page/profile-lines.ts";
export { type ProfileRow, type ProfileRowFields, profileRow } from "./page/profile-row.ts";
export { type NdjsonOptions, ndjsonSink } from "./sink/ndjson/ndjson-sink.ts";
export type { InvalidProfileOnPage, OnInvalidProfile } from "./source/invalid-profiles.ts";
export {
  type EngageFetch,
  type EngageFetchInit,
  type EngageFetchResponse,
  type FetchOptions,
  type ProfilePagesOptions,
  profilePages,
} from "./source/profile-pages.ts";
export type { Region } from "./source/query/engage-address.ts";
export type { Bearer, EngageFields, EngageOptions, ServiceAccount } from "./source/query/engage-options.ts";
export { type DropPropertiesOptions, dropProperties } from "./transform/drop-properties.ts";
export { type NdjsonTransformOptions, ndjson } from "./transform/ndjson.ts";
export { normalizeProfiles } from "./transform/normalize-profiles.ts";
