import type { ExportResult } from "./export/export-result.ts";

/**
 * What went wrong, as a closed list.
 *
 * From the API: `unauthorized` (401), `plan` (402), `forbidden` (403), `not-found` (404), `bad-request` (any other 3xx or 4xx),
 * `session-expired`, `rate-limited`, `server` (5xx), `network`, `timeout`, `bad-response` (a 200 that is no page).
 * From the outcome: `incomplete`, `checkpoint-mismatch`. From a sink: `table-exists`, `table-not-found`,
 * `table-mismatch`, `locked`, `write-failed`. From the caller: `usage`.
 */
export type EngageErrorCode =
  | "unauthorized"
  | "plan"
  | "forbidden"
  | "not-found"
  | "bad-request"
  | "session-expired"
  | "rate-limited"
  | "server"
  | "network"
  | "timeout"
  | "bad-response"
  | "incomplete"
  | "table-exists"
  | "table-not-found"
  | "table-mismatch"
  | "locked"
  | "write-failed"
  | "checkpoint-mismatch"
  | "usage";

/** What an {@link EngageError} knows beside its message. */
export interface EngageErrorDetails {
  /** The error beneath. */
  readonly cause?: unknown;
  /** HTTP status of the response. */
  readonly status?: number;
  /** The page that was asked for. */
  readonly pageIndex?: number;
  /** Milliseconds until the API takes requests again. */
  readonly retryAfter?: number;
  /** What was written all the same, for `incomplete`. */
  readonly result?: ExportResult;
}

/** The one error class of this package: `code` for a program, `message` for a person. It never holds a credential. */
export class EngageError extends Error {
  override readonly name = "EngageError";
  readonly code: EngageErrorCode;
  readonly status: number | undefined;
  readonly pageIndex: number | undefined;
  readonly retryAfter: number | undefined;
  readonly result: ExportResult | undefined;

  constructor(code: EngageErrorCode, message: string, details: EngageErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.status = details.status;
    this.pageIndex = details.pageIndex;
    this.retryAfter = details.retryAfter;
    this.result = details.result;
  }
}

/**
 * Whether `value` is an {@link EngageError}, and has `code` when one is given.
 *
 * @example
 * ```ts
 * const pipe = profilePages({ projectId, serviceAccount: { username, secret: "wrong" } }).pipeTo(new WritableStream());
 * await pipe.catch((error) => {
 *   if (!isEngageError(error, "unauthorized")) throw error;
 * });
 * ```
 */
export function isEngageError(value: unknown, code?: EngageErrorCode): value is EngageError {
  return value instanceof EngageError && (code === undefined || value.code === code);
}
