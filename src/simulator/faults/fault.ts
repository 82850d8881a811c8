/** Something that goes wrong with one request. */
export type Fault =
  | ResponseFault
  | RateLimitFault
  | TimeoutFault
  | ResetFault
  | CutFault
  | StallFault
  | HangFault
  | EmptyPageFault
  | ShortPageFault
  | LostSessionFault
  | FieldsFault;

/**
 * Another response instead of the page: a status, a proxy's HTML, broken JSON. 401, 402 and 429 come without latency
 * and do not count toward the hour, all others do as a page would.
 */
export interface ResponseFault {
  readonly kind: "response";
  /** 200–599; default 200. */
  readonly status?: number;
  /** Added to `Content-Type: application/json`; same names replace. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the API's JSON error for 400 and above, otherwise nothing. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

/**
 * A 429 with the headers the API sends: `window` (the hour is used up, with `Retry-After`), `concurrency` (too many at
 * once) or `shedding` (no rate-limit headers at all).
 */
export interface RateLimitFault {
  readonly kind: "rate-limit";
  readonly shape: "window" | "concurrency" | "shedding";
  /** Seconds until the API takes requests again; default 3,600 for `window`, 10 for `concurrency`. */
  readonly seconds?: number;
}

/** 400 with `Timeout Error.`, as the API answers where its own query took too long. */
export interface TimeoutFault {
  readonly kind: "timeout";
}

/** The connection is reset before the response, or in the middle of its headers. */
export interface ResetFault {
  readonly kind: "reset";
  /** Default `request`. The two differ on a real port only. */
  readonly during?: "request" | "headers";
}

/** The body ends too early. */
export interface CutFault {
  readonly kind: "cut";
  /** Bytes that still come, or a fraction of the body where it is below 1; default 0.5. */
  readonly after?: number;
  /** `reset` (default) breaks the connection; `close` ends the response in good order, with half of its JSON. */
  readonly ending?: "reset" | "close";
}

/** Headers and part of the body, then silence until the request is aborted. */
export interface StallFault {
  readonly kind: "stall";
  /** Bytes that still come, or a fraction of the body where it is below 1; default 0.5. */
  readonly after?: number;
}

/** No answer until the request is aborted. */
export interface HangFault {
  readonly kind: "hang";
}

/** The page without any of its profiles. */
export interface EmptyPageFault {
  readonly kind: "empty-page";
}

/** The page with its first profiles only. */
export interface ShortPageFault {
  readonly kind: "short-page";
  /** Profiles that stay; default half of them. */
  readonly rows?: number;
}

/** The session is gone for good: 400 here and on every later request that names it. Page 0 still answers, its session does not. */
export interface LostSessionFault {
  readonly kind: "lost-session";
}

/**
 * The page with other values beside its profiles: `{ total: 7 }` for a changed total, `{ session_id: undefined }` for
 * one that is missing, `{ status: "error" }`, `{ results: {} }`.
 */
export interface FieldsFault {
  readonly kind: "fields";
  /** By name: a JSON value to send instead, or undefined to leave the member out. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** When a fault happens. */
export interface FaultRule {
  /** A page number, the last page, or every page; without it whichever request comes. */
  readonly page?: number | "last" | "every";
  /** How often, for each page where `page` is `every`; default 1, `Infinity` for always. */
  readonly times?: number;
  /** Only this share of the pages, 0–1, chosen by the seed; for `every`. */
  readonly share?: number;
  readonly fault: Fault;
}

/** Decides for itself: the fault of a request, or undefined for none. */
export type FaultFunction = (request: SimulatedRequest) => Fault | undefined;

/** What is known of a request when its fault is chosen. */
export interface SimulatedRequest {
  readonly page: number;
  readonly lastPage: number;
  /** How many requests for this page have come to this simulator, this one included. */
  readonly attempt: number;
  readonly sessionId: string | undefined;
  /** The body's fields. */
  readonly form: Readonly<Record<string, string>>;
}
