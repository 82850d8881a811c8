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
  | FieldsFault
  | WrongPageFault
  | OtherSessionFault
  | GrowingTotalFault
  | ShrinkingPageSizeFault
  | InvalidProfileFault
  | EndlessFault
  | GzipBombFault
  | DripFault
  | EchoCredentialsFault
  | LateHeadersFault;

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
  readonly body?: string | Uint8Array;
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

/** 400 with `Timeout Error.`, as the API answers when its own query took too long. */
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
  /** Bytes that still come, or a fraction of the body if it is below 1; default 0.5. */
  readonly after?: number;
  /** `reset` (default) breaks the connection; `close` ends the response in good order, with half of its JSON. */
  readonly ending?: "reset" | "close";
}

/** Headers and part of the body, then silence until the request is aborted. */
export interface StallFault {
  readonly kind: "stall";
  /** Bytes that still come, or a fraction of the body if it is below 1; default 0.5. */
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

/** The page calls itself another one, holds the profiles of another one, or both. */
export interface WrongPageFault {
  readonly kind: "wrong-page";
  /** What the body says in `page`; by default `profilesOf`, or else the page before (1 on page 0). */
  readonly says?: number;
  /** The page whose profiles come; by default those that were asked for. */
  readonly profilesOf?: number;
}

/** The page names another session than its own. */
export interface OtherSessionFault {
  readonly kind: "other-session";
  /** Default: the session's own id with `OTHERS` for its letters. */
  readonly sessionId?: string;
  /**
   * The profiles come from half a page further on, as in a session with another order: half of them come with the next
   * page too, and as many do not come at all. Default false.
   */
  readonly reordered?: boolean;
}

/** `total` is different on each page: on page `n` it is `n × by` larger. */
export interface GrowingTotalFault {
  readonly kind: "growing-total";
  /** Below 0 the total shrinks; default 1. */
  readonly by?: number;
}

/** `page_size` is different on each page: on page `n` it is `n × by` smaller, and at least 1. */
export interface ShrinkingPageSizeFault {
  readonly kind: "shrinking-page-size";
  /** Default 1. */
  readonly by?: number;
  /** Whether the page holds no more profiles than it says; default false, so that all of them come. */
  readonly short?: boolean;
}

/** What is wrong with a profile. Only a page with `unclosed` cannot be split into its profiles any more. */
export type Damage =
  /** A property is `NaN`. */
  | "nan"
  /** A control character stands in a text as it is. */
  | "control-character"
  /** A text is not UTF-8. */
  | "broken-utf-8"
  /** `$properties` is a list. */
  | "properties-list"
  /** A text stands in place of the profile. */
  | "no-object"
  /** The profile's last bracket is missing. */
  | "unclosed";

/** The page with profiles that cannot be read. */
export interface InvalidProfileFault {
  readonly kind: "invalid-profile";
  /** Default `nan`. */
  readonly damage?: Damage;
  /** Places on the page, from 0 on; default 0. A place that the page does not have stays without damage. */
  readonly at?: number | readonly number[];
}

/** A 200 whose body begins as the page does and never ends. */
export interface EndlessFault {
  readonly kind: "endless";
  /** What comes without an end: the page's profiles again and again (default), white space, or one profile's text. */
  readonly of?: "profiles" | "spaces" | "text";
}

/**
 * The page with so much white space before its end that it is a thousand times larger than on the wire. It is compressed
 * for requests that say `Accept-Encoding: gzip`, as those over a real port do; others get what `fetch` would decode.
 */
export interface GzipBombFault {
  readonly kind: "gzip-bomb";
  /** Bytes of white space; default 4 GiB. */
  readonly bytes?: number;
}

/** A body that comes byte by byte. That of an error never ends. */
export interface DripFault {
  readonly kind: "drip";
  /** 200 for the page, or 400–599; default 400. */
  readonly status?: number;
  /** Milliseconds between two bytes; default 1,000. */
  readonly interval?: number;
}

/** An error whose text repeats the credentials that came with the request. */
export interface EchoCredentialsFault {
  readonly kind: "echo-credentials";
  /** 400–599; default 401. */
  readonly status?: number;
  /** How they are written; by default in all ways, one after the other. */
  readonly encoding?: CredentialsEncoding;
}

/**
 * The Authorization header as it came, decoded from base64, in base64url, percent-encoded, as HTML entities, with line
 * breaks in it, or its first two thirds.
 */
export type CredentialsEncoding = "plain" | "decoded" | "base64url" | "percent" | "html" | "lines" | "cut";

/** The page, after a long wait for its headers. */
export interface LateHeadersFault {
  readonly kind: "late-headers";
  /** Milliseconds beside the latency; default 330,000, which is longer than Node's own `fetch` waits. */
  readonly delay?: number;
}

/** When a fault happens. */
export interface FaultRule {
  /** A page number, the last page, or every page; without it whichever request comes. */
  readonly page?: number | "last" | "every";
  /** How often, for each page if `page` is `every`; default 1, `Infinity` for always. */
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
