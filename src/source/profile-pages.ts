import { EngageError } from "../engage-error.ts";
import { guarded, type OnWarning } from "../engage-warning.ts";
import { type Checkpoint, checkResume } from "../export/checkpoint.ts";
import type { EngageProfile } from "../page/engage-profile.ts";
import type { EffectiveQuery, PageResult } from "../page/page-result.ts";
import { queryDifferences } from "../page/same-query.ts";
import { whenAborted } from "../when-aborted.ts";
import type { OnInvalidProfile } from "./invalid-profiles.ts";
import { RequestGate } from "./pace/request-gate.ts";
import { waitAnnouncer } from "./pace/wait-announcer.ts";
import { PageLoader } from "./page-loader.ts";
import type { EngageOptions } from "./query/engage-options.ts";
import { engageRequest } from "./query/engage-request.ts";
import { readPages } from "./read-pages.ts";
import { authorization } from "./request/authorization.ts";
import { EngageClient } from "./request/engage-client.ts";
import type { EngageFetch } from "./request/engage-fetch.ts";
import { fetchSettings } from "./request/fetch-settings.ts";

export type { EngageFetch, EngageFetchInit, EngageFetchResponse } from "./request/engage-fetch.ts";

/** How the pages are fetched. Times are milliseconds. */
export interface FetchOptions {
  /** Requests in flight at most, 1 to 5. Default 5, the Engage API's limit; more is capped, with a warning. */
  concurrency?: number | undefined;
  /** Repeats of a page that fails. Default 5. A 429 uses up none: `maxWait` bounds those. 0 means no repeat at all. */
  maxRetries?: number | undefined;
  /**
   * For one attempt, the body included. Default 500,000: the API's own deadline is about 488 s. Node's own `fetch` ends an
   * attempt whose headers take 300 s, whatever this says; docs/network.md shows a `fetch` that does not.
   */
  timeout?: number | undefined;
  /** Bounds the sum of waits for a rate limit without a successful response. Default 3,900,000 (65 minutes). */
  maxWait?: number | undefined;
  /** A page of more decoded bytes is a bad response, found while it arrives. Default 2^30 (1 GiB). */
  maxPageBytes?: number | undefined;
  /** Goes on where an earlier export of the same query stopped: the pages that were missing first, then the rest. */
  resume?: Checkpoint | undefined;
  /** Ends every request in flight; the stream errors with its reason. */
  signal?: AbortSignal | undefined;
  /**
   * Sends the requests, instead of the runtime's own `fetch`: called as `fetch(url, { method, headers, body, signal, redirect })`
   * with the address as text, plain headers and a body that is text.
   */
  fetch?: EngageFetch | undefined;
  /**
   * Takes a profile that is invalid: not JSON in UTF-8, not an object, or with `$properties` that are neither an object nor
   * null. Called when its page is delivered, and awaited. Those that nobody takes make an export incomplete, as do those
   * for which this throws. An export that starts over calls it again.
   */
  onInvalidProfile?: OnInvalidProfile | undefined;
  /** Hears what a person should know. Without it nothing is printed. */
  onWarning?: OnWarning | undefined;
}

/** What {@link profilePages} reads, and how. */
export type ProfilePagesOptions = EngageOptions & FetchOptions;

/**
 * Reads the profiles of a project, page by page, in page order.
 *
 * Nothing is requested before the stream is read: page 0 first and alone, then at most `concurrency` requests at a time.
 * At most twice as many pages are held, within 256 MB, so that a slow reader slows the requests down. A page whose
 * repeats ran out is a value with `status: "failed"`; the stream errors if every further page is pointless. Cancelling
 * it, or `signal`, ends all requests.
 *
 * @throws {EngageError} `usage`, for options that cannot be sent; `checkpoint-mismatch`, if `resume` belongs to
 * another query
 * @example
 * ```ts
 * const reader = profilePages({ projectId, serviceAccount: { username, secret } }).getReader();
 * const { value: page } = await reader.read();
 * await reader.cancel();
 * ```
 */
export function profilePages(options: ProfilePagesOptions): ReadableStream<PageResult<EngageProfile>> {
  const { resume, signal, fetch, onInvalidProfile } = options;
  const warn = guarded(options.onWarning);
  checkResume(resume);
  const auth = authorization(options);
  const request = engageRequest(options, { redact: auth.redact, earlier: resume?.session.query });
  const { query } = request;
  const different = resume === undefined ? [] : queryDifferences(resume.session.query, query);
  if (resume !== undefined && different.length > 0) {
    // A host is chosen by its region or by its base URL.
    const names = different.map((name) => (name === "host" ? name : `\`${name}\``)).join(" and another ");
    throw new EngageError(
      "checkpoint-mismatch",
      `Cannot resume, the last export has another query, with another ${names}; repeat its options, or start over by mode \`replace\`: ` +
        auth.redact(JSON.stringify(resume.session.query)),
    );
  }
  const { concurrency, maxRetries, maxWait, timeout, maxPageBytes } = fetchSettings(options, warn, auth.redact);
  const onWait = waitAnnouncer(warn);
  const gate = new RequestGate({ concurrency, maxWait, onWait, warn });
  const client = new EngageClient({ request, auth, timeout, maxPageBytes, fetch });
  const loader = new PageLoader({ client, gate, query, maxRetries, maxWait, onWait });
  const end = new AbortController();
  const reading = { loader, concurrency, end, warn, onInvalidProfile };
  const pages = request.asksForNothing ? emptyPage(query) : readPages(reading, resume);

  return new ReadableStream<PageResult<EngageProfile>>(
    {
      start(controller) {
        const stopListening = whenAborted(signal, () => {
          controller.error(signal?.reason);
          end.abort(signal?.reason);
        });
        whenAborted(end.signal, stopListening);
      },
      async pull(controller) {
        try {
          const next = await pages.next();
          if (signal?.aborted) return;
          if (!next.done) return controller.enqueue(next.value);
          controller.close();
          end.abort();
        } catch (error) {
          end.abort(error);
          throw error;
        }
      },
      cancel: (reason) => end.abort(reason),
    },
    { highWaterMark: 0 },
  );
}

/** What an empty list of ids comes to, without a request. */
async function* emptyPage(query: EffectiveQuery): AsyncGenerator<PageResult<EngageProfile>, void> {
  const session = { sessionId: undefined, total: 0, pageSize: 1_000, totalPages: 1, query };
  yield { status: "loaded", session, pageIndex: 0, attempts: 0, rows: [], profileCount: 0 };
}
