import type { Region } from "./engage-address.ts";

/** A Mixpanel service account. */
export interface ServiceAccount {
  readonly username: string;
  readonly secret: string;
}

/** An OAuth token, or a function that is asked for one before each request. */
export type Bearer = string | (() => string | Promise<string>);

/** Whose profiles are read, and which of them. */
export interface EngageFields {
  /** A positive integer. */
  projectId: string | number;
  /** Sent as HTTP Basic, in UTF-8, to the configured host only. Not together with `bearer`. */
  serviceAccount?: ServiceAccount | undefined;
  /**
   * Sent as `Authorization: Bearer …`, to the configured host only, instead of a service account. A function is called before
   * each request, repeats included; the export ends when it rejects or gives no token.
   */
  bearer?: Bearer | undefined;
  /** Where the project's data lives. Default `us`. */
  region?: Region | undefined;
  /** Needed for projects with Data Views. */
  workspaceId?: string | number | undefined;
  /** Scheme, host and an optional path before `/api/query/engage`, instead of a region; plain http only to loopback. */
  baseUrl?: string | undefined;
  /** An expression such as `properties["plan"] == "pro"`. */
  where?: string | undefined;
  /** Only members of this cohort. Not together with `behaviors`. */
  cohortId?: number | string | undefined;
  /** With a cohort, also its ids that have no profile. Default false (the API's own default is true). */
  includeAllUsers?: boolean | undefined;
  /** Names of the properties to send, all by default; a short list shrinks the response a lot. */
  outputProperties?: readonly string[] | undefined;
  /** One profile. Not together with `distinctIds`. */
  distinctId?: string | number | undefined;
  /** These profiles, each once; with none of them nothing is requested. */
  distinctIds?: readonly (string | number)[] | undefined;
  /** Group profiles: the group's `data_group_id`, a signed 64-bit number as text. */
  groupId?: string | undefined;
  /** Event selectors for `where` on `behaviors["name"]`: a list, or its JSON text. Not together with `cohortId`. */
  behaviors?: string | readonly unknown[] | undefined;
  /** Unix seconds. Default with `behaviors`: the time when the export starts, the same for all pages. */
  asOfTimestamp?: number | undefined;
  /**
   * Only profiles whose `$last_seen` is this text or later, and those that have none: a time without a zone, such as
   * `2026-11-26T00:00:00`. Texts are compared. A page with an older profile is a bad response, since the filter was not applied
   * then. Not together with `groupId`, `cohortId`, `behaviors`, `asOfTimestamp`, ids or `limit`.
   */
  updatedSince?: string | undefined;
  /** Profiles per page, 1 to 40,000; the response's own figure counts. Default: what the server chooses (1,000). */
  pageSize?: number | undefined;
  /** Stop after so many profiles, with no page more than needed. */
  limit?: number | undefined;
}

/** {@link EngageFields} with exactly one way to sign requests, less the combinations that the API refuses. */
export type EngageOptions = EngageFields &
  (
    | { readonly serviceAccount: ServiceAccount; readonly bearer?: undefined }
    | { readonly bearer: Bearer; readonly serviceAccount?: undefined }
  ) &
  ({ readonly behaviors?: undefined } | { readonly cohortId?: undefined; readonly includeAllUsers?: undefined }) &
  ({ readonly distinctIds?: undefined } | { readonly distinctId?: undefined });
