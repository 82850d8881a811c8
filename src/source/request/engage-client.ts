import ky from "ky";
import { EngageError, isEngageError } from "../../engage-error.ts";
import { errorReasons } from "../../error-reasons.ts";
import type { PageSlices } from "../../page/page-slices.ts";
import type { EngageRequest } from "../query/engage-request.ts";
import { type ScannedPage, scanPage } from "../scan/page-scanner.ts";
import { AttemptDeadline } from "./attempt-deadline.ts";
import type { Authorization } from "./authorization.ts";
import { bodyChunks } from "./body-chunks.ts";
import { EngageFailure, jsonText, shorten, statusFailure } from "./engage-failure.ts";
import { type EngageFetch, type EngageFetchResponse, requestFetch } from "./engage-fetch.ts";
import { isClean } from "./is-clean.ts";
import { readPage, readRefusal } from "./read-body.ts";

interface ClientOptions {
  readonly request: EngageRequest;
  readonly auth: Authorization;
  /** Milliseconds for one attempt, the body included. */
  readonly timeout: number;
  /** Decoded bytes of one page at most. */
  readonly maxPageBytes: number;
  readonly fetch: EngageFetch | undefined;
}

/** A page that has its list of profiles. */
export type WholePage = ScannedPage & { readonly profiles: PageSlices };

// As much of a broken page as can matter to a message.
const SHOWN_BYTES = 64 * 1024;
const decoder = new TextDecoder();

/** Sends one request and makes one page of the answer; what to do about a failure is decided elsewhere. */
export class EngageClient {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** @throws {EngageFailure} for everything but a whole page; the signal's reason where that is aborted */
  async page(pageIndex: number, sessionId: string | undefined, signal: AbortSignal): Promise<WholePage> {
    const deadline = new AttemptDeadline(this.#options.timeout, signal);
    try {
      return await deadline.race(this.#page(pageIndex, sessionId, deadline));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (deadline.exceeded !== undefined) {
        throw new EngageFailure(new EngageError("timeout", `${deadline.exceeded} (page ${pageIndex})`, { pageIndex }));
      }
      if (error instanceof EngageFailure) throw error;
      throw isEngageError(error) ? new EngageFailure(error) : this.#networkFailure(error, pageIndex);
    } finally {
      deadline.clear();
    }
  }

  async #page(pageIndex: number, sessionId: string | undefined, deadline: AttemptDeadline): Promise<WholePage> {
    const { request, auth, fetch = globalThis.fetch, maxPageBytes } = this.#options;
    const body = new URLSearchParams([...request.form, ["page", String(pageIndex)]]);
    if (sessionId !== undefined) body.set("session_id", sessionId);
    // ky makes one request of these in every runtime, and finds out what no `fetch` would take; its repeats are switched off,
    // since it repeats no body that is cut, and knows nothing of a limit that all pages share.
    const response: EngageFetchResponse = await ky.post(request.url, {
      body,
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
      throw redirected(response, pageIndex, auth.redact);
    }
    deadline.watchBody();
    if (!response.ok) {
      const refusal = await readRefusal(response, deadline);
      throw statusFailure(response, decoder.decode(refusal), pageIndex, auth.redact);
    }
    const bytes = await readPage(response, maxPageBytes, deadline);
    if (bytes === undefined) {
      throw badResponse(
        pageIndex,
        `It is larger than \`maxPageBytes\` allows: ${maxPageBytes.toLocaleString("en-US")} bytes`,
      );
    }
    return this.#whole(bytes, pageIndex);
  }

  #whole(bytes: Uint8Array, pageIndex: number): WholePage {
    let page: ScannedPage;
    try {
      page = scanPage(bytes);
    } catch (error) {
      const start = decoder.decode(bytes.subarray(0, SHOWN_BYTES));
      // What begins like a page holds profiles, and those are nobody's business in a log.
      const shown = start.trimStart().startsWith("{") ? "" : `: ${this.#shown(start) || "nothing"}`;
      throw badResponse(pageIndex, `${(error as Error).message}${shown}`);
    }
    const { head, profiles } = page;
    if (head.status !== undefined && head.status !== "ok")
      throw badResponse(pageIndex, `It says: ${this.#shown(jsonText(head))}`);
    if (profiles === undefined)
      throw badResponse(pageIndex, `It has no list of results: ${this.#shown(jsonText(head))}`);
    return { head, profiles };
  }

  /** Redacted first: half a secret would not be found. */
  #shown(text: string): string {
    return shorten(this.#options.auth.redact(text));
  }

  #networkFailure(error: unknown, pageIndex: number): EngageFailure {
    const { redact } = this.#options.auth;
    const cause = isClean(error, redact) ? { cause: error } : {};
    const message = `The connection to Mixpanel failed (page ${pageIndex}): ${this.#shown(errorReasons(error))}`;
    return new EngageFailure(new EngageError("network", message, { ...cause, pageIndex }));
  }
}

function badResponse(pageIndex: number, problem: string): EngageFailure {
  return new EngageFailure(
    new EngageError("bad-response", `Mixpanel's answer is no page of profiles (page ${pageIndex}). ${problem}`, {
      pageIndex,
    }),
  );
}

function redirected(
  { status, headers }: EngageFetchResponse,
  pageIndex: number,
  redact: (text: string) => string,
): EngageFailure {
  const location = headers.get("location") ?? "";
  const origin = URL.canParse(location) ? `: ${new URL(location).origin}` : "";
  const message = `Mixpanel's answer points elsewhere, where the credentials will not be sent; check the region and the base URL (page ${pageIndex})${redact(origin)}`;
  return new EngageFailure(new EngageError("bad-request", message, { status, pageIndex }));
}
