import ky from "ky";
import { EngageError, isEngageError } from "../../engage-error.ts";
import { errorReasons } from "../../error-reasons.ts";
import { orAborted } from "../../when-aborted.ts";
import { AttemptDeadline } from "./attempt-deadline.ts";
import type { Authorization } from "./authorization.ts";
import { bodyChunks } from "./body-chunks.ts";
import { EngageFailure, shorten, statusFailure } from "./engage-failure.ts";
import { type EngageFetch, type EngageFetchResponse, requestFetch } from "./engage-fetch.ts";
import { isClean } from "./is-clean.ts";
import { readPage, readRefusal } from "./read-body.ts";

/** How requests are sent. */
export interface Sending {
  readonly auth: Authorization;
  /** Milliseconds for one attempt, the body included. */
  readonly timeout: number;
  /** Decoded bytes of one answer at most. */
  readonly maxPageBytes: number;
  readonly fetch: EngageFetch | undefined;
}

/** One request. */
export interface Sent {
  readonly url: string;
  readonly form: URLSearchParams;
  /** For messages, such as `page 3`. */
  readonly subject: string;
  readonly pageIndex?: number;
}

/** What came back, with status 2xx. */
export interface Answer {
  readonly bytes: Uint8Array;
  /** As ISO 8601: by its own date, else by the clock here. */
  readonly answeredAt: string;
}

const decoder = new TextDecoder();

/**
 * Sends one request, once.
 *
 * @throws {EngageFailure} for everything else; the signal's reason when that is aborted
 */
export async function sendRequest(request: Sent, sending: Sending, signal: AbortSignal): Promise<Answer> {
  const { subject, pageIndex } = request;
  const deadline = new AttemptDeadline(sending.timeout, signal);
  try {
    // A `fetch` of the user's may not hear the signal.
    return await orAborted(answer(request, sending, deadline), deadline.signal);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (deadline.exceeded !== undefined) {
      throw new EngageFailure(new EngageError("timeout", `${deadline.exceeded} (${subject})`, details(pageIndex)));
    }
    if (error instanceof EngageFailure) throw error;
    throw isEngageError(error) ? new EngageFailure(error) : networkFailure(error, request, sending.auth.redact);
  } finally {
    deadline.clear();
  }
}

async function answer(request: Sent, sending: Sending, deadline: AttemptDeadline): Promise<Answer> {
  const { auth, fetch = globalThis.fetch, maxPageBytes } = sending;
  // ky makes one request of these in every runtime, and finds out what no `fetch` would take; its repeats are switched off,
  // since it repeats no body that is cut, and knows nothing of a limit that all pages share.
  const response: EngageFetchResponse = await ky.post(request.url, {
    body: request.form,
    headers: { authorization: await auth.header(), accept: "application/json" },
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
    signal: deadline.signal,
    fetch: requestFetch(fetch, deadline.signal),
  });
  if (response.type === "error") throw new TypeError("The answer is a network error");
  if (response.type === "opaqueredirect" || (response.status >= 300 && response.status < 400)) {
    bodyChunks(response).cancel();
    throw redirected(response, request, auth.redact);
  }
  const answeredAt = dateOf(response);
  deadline.watchBody();
  if (!response.ok) {
    const refusal = await readRefusal(response, deadline);
    throw statusFailure(response, decoder.decode(refusal), request, auth.redact);
  }
  const bytes = await readPage(response, maxPageBytes, deadline);
  return { bytes: bytes ?? tooLarge(request, maxPageBytes), answeredAt };
}

function dateOf({ headers }: EngageFetchResponse): string {
  const date = new Date(headers.get("date") ?? "");
  return (Number.isNaN(date.getTime()) ? new Date() : date).toISOString();
}

function tooLarge({ subject, pageIndex }: Sent, maxPageBytes: number): never {
  const limit = `${maxPageBytes.toLocaleString("en-US")} bytes`;
  const message = `Mixpanel's answer is larger than \`maxPageBytes\` allows (${subject}): ${limit}`;
  throw new EngageFailure(new EngageError("bad-response", message, details(pageIndex)));
}

function networkFailure(error: unknown, { subject, pageIndex }: Sent, redact: (text: string) => string): EngageFailure {
  const cause = isClean(error, redact) ? { cause: error } : {};
  // Redacted first: half a secret would not be found.
  const message = `The connection to Mixpanel failed (${subject}): ${shorten(redact(errorReasons(error)))}`;
  return new EngageFailure(new EngageError("network", message, { ...cause, ...details(pageIndex) }));
}

function redirected(
  { status, headers }: EngageFetchResponse,
  { subject, pageIndex }: Sent,
  redact: (text: string) => string,
): EngageFailure {
  const location = headers.get("location") ?? "";
  const origin = URL.canParse(location) ? `: ${new URL(location).origin}` : "";
  const message = `Mixpanel's answer points elsewhere, where the credentials will not be sent; check the region and the base URL (${subject})${redact(origin)}`;
  return new EngageFailure(new EngageError("bad-request", message, { status, ...details(pageIndex) }));
}

function details(pageIndex: number | undefined): { readonly pageIndex?: number } {
  return pageIndex === undefined ? {} : { pageIndex };
}
