import { EngageError, type EngageErrorCode } from "../../engage-error.ts";
import { type RateLimit, rateLimitOf, retryAfterOf } from "../pace/rate-limit-headers.ts";
import type { EngageFetchResponse } from "./engage-fetch.ts";

/** An answer that is no page: the error to report, and what it says about when to come back. */
export class EngageFailure extends Error {
  readonly error: EngageError;
  readonly rateLimit: RateLimit | undefined;

  constructor(error: EngageError, rateLimit?: RateLimit) {
    super(error.message);
    this.error = error;
    this.rateLimit = rateLimit;
  }
}

const LOST_SESSION = "uncached query";
const SHOWN = 300;
// Answers about the credentials may quote them, in ways that nobody foresees.
const QUOTES_CREDENTIALS = new Set([401, 403, 407]);

/** Explains a response whose status is not 2xx. `redact` takes the credentials out of what its body says. */
export function statusFailure(
  { status, headers }: Pick<EngageFetchResponse, "status" | "headers">,
  body: string,
  { subject, pageIndex }: { readonly subject: string; readonly pageIndex?: number },
  redact: (text: string) => string,
): EngageFailure {
  const said = errorText(body);
  const shown = QUOTES_CREDENTIALS.has(status) ? "" : shorten(redact(said));
  const detail = shown === "" ? `HTTP ${status}` : `HTTP ${status}: ${shown}`;
  const rateLimit = status === 429 ? rateLimitOf(headers, Date.now()) : undefined;
  const retryAfter = rateLimit ? rateLimit.wait : retryAfterOf(headers, Date.now());
  const code = codeOf(status, said);
  const explained = status === 407 ? PROXY : EXPLAINED[code];
  return new EngageFailure(
    new EngageError(code, `${explained} (${subject}): ${detail}`, {
      status,
      ...(pageIndex !== undefined && { pageIndex }),
      retryAfter,
    }),
    rateLimit,
  );
}

function codeOf(status: number, said: string): keyof typeof EXPLAINED {
  if (status === 400) {
    if (/timeout error/i.test(said)) return "timeout";
    return said.includes(LOST_SESSION) ? "session-expired" : "bad-request";
  }
  if (status === 401) return "unauthorized";
  if (status === 402) return "plan";
  if (status === 403) return "forbidden";
  if (status === 404) return "not-found";
  if (status === 408) return "timeout";
  if (status === 429) return "rate-limited";
  return status >= 500 ? "server" : "bad-request";
}

const EXPLAINED = {
  timeout: "Mixpanel's query timed out",
  "session-expired": "Mixpanel no longer knows the session of this export",
  "bad-request": "Mixpanel refuses the query",
  unauthorized:
    "Mixpanel does not accept the credentials; check the service account or token, the project id and the region",
  plan: "The project's plan has no access to the Query API",
  forbidden: "The service account or token may not query this project; check its role and the project id",
  "not-found": "Mixpanel does not know the project or the path; check the project id, the region and the base URL",
  "rate-limited": "Mixpanel takes no more queries for now",
  server: "Mixpanel failed",
} satisfies Partial<Record<EngageErrorCode, string>>;

const PROXY = "A proxy on the way to Mixpanel asks for credentials of its own; check the proxy's settings";

/** What an error body says: its `error`, else its `message`, else its text. */
function errorText(body: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Plain text or HTML says it as well as it can.
    return body;
  }
  const { error, message } = Object(parsed) as { error?: unknown; message?: unknown };
  const said = [error, message].find((text) => !isBlank(text)) ?? parsed;
  return typeof said === "string" ? said : jsonText(said);
}

function isBlank(said: unknown): boolean {
  return said === undefined || said === null || (typeof said === "string" && said.trim() === "");
}

/** The JSON of a value that was parsed; `JSON.stringify` goes less deep than `JSON.parse`. */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return "JSON, nested too deeply to be shown";
  }
}

/** One line of at most 300 characters. */
export function shorten(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
