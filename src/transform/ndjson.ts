import { EngageError } from "../engage-error.ts";
import type { Checkpoint } from "../export/checkpoint.ts";
import type { ExportResult } from "../export/export-result.ts";
import type { ExportSink, OnFailedPage } from "../export/export-sink.ts";
import { ExportTally } from "../export/export-tally.ts";
import { Outcome } from "../export/outcome.ts";
import { ndjsonLines } from "../page/ndjson-lines.ts";
import type { PageResult } from "../page/page-result.ts";
import type { ProfileRow } from "../page/profile-row.ts";

/** What NDJSON does beside writing. */
export interface NdjsonOptions {
  /** Default `finish`. */
  readonly onFailedPage?: OnFailedPage;
  /** What `profilePages()` resumes, so that the counts are of the whole export. */
  readonly resume?: Checkpoint;
}

/**
 * Makes a line of each profile, `{"distinct_id":…,"last_seen":…,"properties":{…}}`: one chunk of UTF-8 bytes a page. A
 * profile without an id gets a null.
 *
 * @example
 * ```ts
 * const body = profilePages({ projectId, serviceAccount: { username, secret } })
 *   .pipeThrough(normalizeProfiles())
 *   .pipeThrough(ndjson());
 * const response = new Response(body, { headers: { "content-type": "application/x-ndjson" } });
 * ```
 */
export function ndjson(options: NdjsonOptions = {}): TransformStream<PageResult<ProfileRow>, Uint8Array<ArrayBuffer>> {
  const pages = new NdjsonPages(options);
  return new TransformStream({
    transform(page, controller) {
      const lines = pages.lines(page);
      if (lines.length > 0) controller.enqueue(lines);
    },
    flush: () => pages.end(),
  });
}

/**
 * The same as a sink over a writable stream of bytes, which it closes and aborts; `result` says what was written.
 *
 * @example
 * ```ts
 * const sink = ndjsonSink(writable);
 * await profilePages({ projectId, serviceAccount: { username, secret } }).pipeThrough(normalizeProfiles()).pipeTo(sink);
 * const { totalRows } = await sink.result;
 * ```
 */
export function ndjsonSink(writable: WritableStream<Uint8Array<ArrayBuffer>>, options: NdjsonOptions = {}): ExportSink {
  const pages = new NdjsonPages(options);
  const writer = writable.getWriter();
  const outcome = new Outcome<ExportResult>();
  const fail = async (error: unknown): Promise<never> => {
    outcome.reject(error);
    await writer.abort(error).catch(() => {});
    throw error;
  };
  const stream = new WritableStream<PageResult<ProfileRow>>({
    // A sink whose write() throws is never told to abort, so each step cleans up for itself.
    async write(page) {
      try {
        const lines = pages.lines(page);
        if (lines.length > 0) await writer.write(lines);
      } catch (error) {
        await fail(error);
      }
    },
    async close() {
      try {
        await writer.close();
      } catch (error) {
        await fail(error);
      }
      outcome.resolve(pages.result());
      pages.end();
    },
    async abort(reason) {
      outcome.reject(reason);
      await writer.abort(reason);
    },
  });
  return Object.assign(stream, { result: outcome.promise, soFar: () => pages.result(), restarts: false });
}

/** Pages on their way to lines, counted. */
class NdjsonPages {
  readonly #onFailedPage: OnFailedPage;
  readonly #tally: ExportTally;

  constructor({ onFailedPage = "finish", resume }: NdjsonOptions) {
    if (!["finish", "stop", "skip"].includes(onFailedPage)) {
      throw new EngageError(
        "usage",
        `Cannot write NDJSON, \`onFailedPage\` is one of finish, stop, skip: ${onFailedPage}`,
      );
    }
    this.#onFailedPage = onFailedPage;
    this.#tally = new ExportTally(null, resume && { checkpoint: resume });
  }

  lines(page: PageResult<ProfileRow>): Uint8Array<ArrayBuffer> {
    this.#refuseOtherSession(page);
    this.#tally.add(page);
    if (page.status === "loaded") return ndjsonLines(page.rows);
    if (this.#onFailedPage === "stop") throw this.#tally.incomplete();
    return new Uint8Array();
  }

  result(): ExportResult {
    return this.#tally.result();
  }

  /** @throws {EngageError} `incomplete`, where that is still to be said */
  end(): void {
    if (this.#onFailedPage === "finish" && this.#tally.failedPages.length > 0) throw this.#tally.incomplete();
  }

  #refuseOtherSession(page: PageResult<ProfileRow>): void {
    if (!this.#tally.isOtherSession(page)) return;
    throw new EngageError(
      "session-expired",
      "Cannot start the export over, lines that are written cannot be taken back",
    );
  }
}
