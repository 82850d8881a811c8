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
  /** The option that is not what it must be, for `usage`: its name in code. */
  readonly option?: string;
}

/** The same in every copy of this package, so that an error of another copy is known for one. */
const BRAND = Symbol.for("engage-export.EngageError");

/**
 * The one error class of this package: `code` for a program, `message` for a person. It never holds a credential.
 */
export class EngageError extends Error {
  override readonly name = "EngageError";
  readonly code: EngageErrorCode;
  readonly status: number | undefined;
  readonly pageIndex: number | undefined;
  readonly retryAfter: number | undefined;
  readonly result: ExportResult | undefined;
  readonly option: string | undefined;

  constructor(code: EngageErrorCode, message: string, details: EngageErrorDetails = {}) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.status = details.status;
    this.pageIndex = details.pageIndex;
    this.retryAfter = details.retryAfter;
    this.result = details.result;
    this.option = details.option;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** The fields, message included, for `JSON.stringify`; without the cause, which may hold anything. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, code, message, status, pageIndex, retryAfter, option, result } = this;
    return { name, code, message, status, pageIndex, retryAfter, option, result };
  }
}

/**
 * Whether `value` is an {@link EngageError}, of this copy of the package or of another one, and has `code` when one is given.
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
  if (!(value instanceof Error && BRAND in value)) return false;
  return code === undefined || ("code" in value && value.code === code);
}
