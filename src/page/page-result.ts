import type { EngageError } from "../engage-error.ts";

/**
 * The query a session belongs to, without credentials: what a checkpoint compares. Plain JSON; a member that was not
 * asked for is absent.
 */
export interface EffectiveQuery {
  /** Scheme and host, for example `https://mixpanel.com`. */
  readonly host: string;
  readonly projectId: string;
  readonly workspaceId?: string;
  readonly where?: string;
  readonly cohortId?: number;
  readonly includeAllUsers?: boolean;
  readonly outputProperties?: readonly string[];
  readonly distinctId?: string;
  readonly distinctIds?: readonly string[];
  readonly groupId?: string;
  readonly behaviors?: string;
  /** Unix seconds; fixed for every page of the export. */
  readonly asOfTimestamp?: number;
  /** Only profiles whose `$last_seen` is this text or later, and those that have none. */
  readonly updatedSince?: string;
  /**
   * Members that say nothing of what was asked for: the export chose their values, or they leave out what an earlier one has
   * fetched. A run that resumes it takes them over.
   */
  readonly chosen?: readonly (keyof EffectiveQuery)[];
  readonly pageSize?: number;
  readonly limit?: number;
}

/** What page 0 said of the export. The same object on every page. */
export interface ExportSession {
  /** Undefined if one page holds everything and the server named no session. */
  readonly sessionId: string | undefined;
  /** Profiles that match, or undefined if the server did not say. */
  readonly total: number | undefined;
  /** Profiles a page, as the server said; 1,000 if it did not. */
  readonly pageSize: number;
  /** Pages of this export, `limit` applied; at least 1. Undefined if `total` is. */
  readonly totalPages: number | undefined;
  readonly query: EffectiveQuery;
  /** When page 0 was answered, as ISO 8601: by the date of the response, else by the clock here. */
  readonly answeredAt?: string;
}

/** A page that arrived. */
export interface LoadedPage<Row> {
  readonly status: "loaded";
  readonly session: ExportSession;
  /** Zero-based. */
  readonly pageIndex: number;
  /** Requests sent for this page, those answered with 429 included. */
  readonly attempts: number;
  readonly rows: readonly Row[];
  /**
   * Profiles that the page held when it arrived, invalid ones included and `limit` applied. A transform leaves it as it is,
   * so that rows which were left out on purpose are told apart from rows that did not come. Without it: as many as `rows`
   * and `invalid`.
   */
  readonly profileCount?: number;
  /** Profiles that cannot be read; absent if there are none. */
  readonly invalid?: readonly InvalidProfile[];
  /** Whether the answer named another session than page 0 did: what it holds may not belong to this export. */
  readonly sessionChanged?: boolean;
  /** How many of `invalid` the caller's `onInvalidProfile` took. Default 0. */
  readonly invalidTaken?: number;
}

/**
 * A profile that is no JSON in UTF-8, that is no object, or whose `$properties` is neither an object nor null; or one that the
 * destination cannot hold.
 */
export interface InvalidProfile {
  /** Its place on the page, zero-based. */
  readonly profileIndex: number;
  /** What is wrong, never a value. */
  readonly reason: string;
  /** Where it can be found. */
  readonly distinctId?: string;
  /** The profile as it was sent; empty behind `dropProperties()`. */
  readonly bytes: Uint8Array;
}

/** A page whose repeats ran out, and why. */
export interface FailedPage {
  readonly status: "failed";
  readonly session: ExportSession;
  /** Zero-based. */
  readonly pageIndex: number;
  /** Requests sent for this page, those answered with 429 included. */
  readonly attempts: number;
  readonly error: EngageError;
}

/** The one thing that flows: a page of profiles, or the reason why it is missing. */
export type PageResult<Row> = LoadedPage<Row> | FailedPage;
