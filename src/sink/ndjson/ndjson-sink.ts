import type { Checkpoint } from "../../export/checkpoint.ts";
import { type ExportSink, exportSink, type SinkDriver, type SinkOptions } from "../../export/export-sink.ts";
import { type LineOptions, type ProfileLines, profileLines } from "../../page/profile-lines.ts";
import { orAborted } from "../../when-aborted.ts";

/** What NDJSON does beside writing. */
export interface NdjsonOptions extends SinkOptions, LineOptions {
  /** What `profilePages()` resumes, so that the counts are of the whole export. */
  readonly resume?: Checkpoint | undefined;
}

/**
 * The lines of `ndjson()` as a sink over a writable stream of bytes, which it closes and aborts; `result` says what was
 * written.
 *
 * @example
 * ```ts
 * const sink = ndjsonSink(writable);
 * await profilePages({ projectId, serviceAccount: { username, secret } }).pipeThrough(normalizeProfiles()).pipeTo(sink);
 * const { totalRows } = await sink.result;
 * ```
 */
export function ndjsonSink(writable: WritableStream<Uint8Array<ArrayBuffer>>, options: NdjsonOptions = {}): ExportSink {
  const linesOf = profileLines(options);
  return exportSink(new StreamDriver(writable.getWriter(), linesOf, options.resume), options);
}

class StreamDriver implements SinkDriver {
  readonly target = { table: null, keyed: false };
  readonly saved: SinkDriver["saved"];
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #linesOf: ProfileLines;
  #isWriting = false;

  constructor(
    writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
    linesOf: ProfileLines,
    resume: Checkpoint | undefined,
  ) {
    this.#writer = writer;
    this.#linesOf = linesOf;
    this.saved = resume && { checkpoint: resume };
  }

  async begin(): Promise<void> {}

  async write([page]: Parameters<SinkDriver["write"]>[0], _: unknown, signal: AbortSignal): Promise<void> {
    if (page?.status !== "loaded" || page.rows.length === 0) return;
    this.#isWriting = true;
    await orAborted(this.#writer.write(this.#linesOf(page.rows)), signal);
    this.#isWriting = false;
  }

  async publish(): Promise<void> {
    await this.#writer.close();
  }

  async leave(_: unknown, reason: unknown): Promise<void> {
    const aborted = this.#writer.abort(reason).catch(() => {});
    // A stream that is stuck in a write hears of the abort only behind it, which may be never.
    if (!this.#isWriting) await aborted;
  }
}
