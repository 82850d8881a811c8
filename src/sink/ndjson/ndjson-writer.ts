import { clock } from "../../clock.ts";
import { EngageError } from "../../engage-error.ts";
import type { OnWarning } from "../../engage-warning.ts";
import type { ExportResult } from "../../export/export-result.ts";
import { ExportTally, type SavedTally } from "../../export/export-tally.ts";
import { Outcome } from "../../export/outcome.ts";
import { ndjsonLines } from "../../page/ndjson-lines.ts";
import type { ExportSession, PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { writeFailed } from "./file-error.ts";
import { removeNdjsonCheckpoint, writeNdjsonCheckpoint } from "./ndjson-checkpoint.ts";
import { discardNdjsonTarget, type NdjsonTarget, publishNdjsonTarget } from "./ndjson-target.ts";

interface NdjsonWriterOptions {
  readonly gzip: boolean;
  readonly onFailedPage: "skip" | "stop";
  readonly onWarning: OnWarning;
}

// A checkpoint takes 2 to 30 ms. It may cost a twentieth of the time: at the API's pace each page has one.
const CHECKPOINT_SHARE = 20;

/** Appends pages to a file and keeps the checkpoint beside it, which is never ahead of what the disk has. */
export class NdjsonWriter implements UnderlyingSink<PageResult<ProfileRow>> {
  readonly #target: NdjsonTarget;
  readonly #options: NdjsonWriterOptions;
  readonly #outcome = new Outcome<ExportResult>();
  #tally: ExportTally;
  #checkpointedAt = 0;
  #checkpointTook = 0;
  #isPublished = false;

  constructor(target: NdjsonTarget, options: NdjsonWriterOptions) {
    this.#target = target;
    this.#options = options;
    this.#tally = new ExportTally(null, target.unfinished?.saved);
  }

  get tally(): ExportTally {
    return this.#tally;
  }

  get result(): Promise<ExportResult> {
    return this.#outcome.promise;
  }

  /** Where the lines are, if they did not take the place of the file asked for. */
  get besidePath(): string | undefined {
    const { path, wanted } = this.#target;
    return path === wanted || this.#isPublished ? undefined : path;
  }

  async write(page: PageResult<ProfileRow>): Promise<void> {
    try {
      const { session } = this.#tally;
      if (session === undefined || session.sessionId !== page.session.sessionId) await this.#begin(page.session);
      if (page.status === "loaded") await this.#target.file.append(ndjsonLines(page.rows));
      this.#tally.add(page);
      if (page.status === "failed" && this.#options.onFailedPage === "stop") throw this.#tally.incomplete();
      if (this.#isCheckpointDue()) await this.#checkpoint();
    } catch (error) {
      throw await this.#fail(error);
    }
  }

  async close(): Promise<void> {
    const { file, wanted } = this.#target;
    try {
      const { hasFailures, complete } = this.#tally.result();
      if (hasFailures) await this.#checkpoint();
      await file.sync();
      await file.close();
      if (complete) {
        await publishNdjsonTarget(this.#target);
        this.#isPublished = true;
      }
      if (!hasFailures && !this.#options.gzip) await removeNdjsonCheckpoint(wanted);
    } catch (error) {
      throw await this.#fail(error);
    }
    this.#warnOfProfilesWithoutId();
    this.#outcome.resolve(this.#tally.result());
  }

  async abort(reason: unknown): Promise<void> {
    await this.#leave();
    this.#outcome.reject(reason);
  }

  /** Drops what this export wrote under another session; the checkpoint goes first, so that no crash mixes the two. */
  async #begin(session: ExportSession): Promise<void> {
    const { file, begin } = this.#target;
    const isRestart = this.#tally.session !== undefined;
    this.#tally = this.#tally.restarted();
    await this.#save({ checkpoint: { session, nextPage: 0, failedPages: [] } }, begin);
    // Not by its size: a compressor may hold lines that the file has not seen.
    if (isRestart) await file.cutBack(begin);
    await file.endLine();
  }

  /** Everything written so far is on the disk, and the next run will know. */
  async #checkpoint(): Promise<void> {
    const { checkpoint, successfulPages, totalRows, duplicateProfiles, profilesWithoutId } = this.#tally;
    if (checkpoint === undefined || this.#options.gzip) return;
    const begunAt = clock.now();
    await this.#target.file.sync();
    const counts = { successfulPages, totalRows, duplicateProfiles, profilesWithoutId };
    await this.#save({ checkpoint, counts }, this.#target.file.size);
    this.#checkpointedAt = clock.now();
    this.#checkpointTook = this.#checkpointedAt - begunAt;
  }

  #isCheckpointDue(): boolean {
    return clock.now() - this.#checkpointedAt >= CHECKPOINT_SHARE * this.#checkpointTook;
  }

  async #save(saved: SavedTally, end: number): Promise<void> {
    if (this.#options.gzip) return;
    const { wanted, mode, begin } = this.#target;
    await writeNdjsonCheckpoint(wanted, { version: 1, mode, begin, end, saved });
  }

  /** A sink whose `write` throws is never aborted, so each step that fails cleans up for itself. */
  async #fail(error: unknown): Promise<EngageError> {
    const reason = error instanceof EngageError ? error : writeFailed(this.#target.path, error);
    await this.#leave();
    this.#outcome.reject(reason);
    return reason;
  }

  /** Leaves whole pages behind, or no trace where there are none. */
  async #leave(): Promise<void> {
    // What cannot be saved now, on a full disk say, is as it was at the last checkpoint.
    await this.#checkpoint().catch(() => {});
    await this.#target.file.close().catch(() => {});
    if (this.#tally.checkpoint !== undefined) return;
    await discardNdjsonTarget(this.#target).catch(() => {});
    if (!this.#options.gzip) await removeNdjsonCheckpoint(this.#target.wanted).catch(() => {});
  }

  #warnOfProfilesWithoutId(): void {
    const count = this.#tally.profilesWithoutId;
    if (count === 0) return;
    const profiles = count === 1 ? "1 profile has" : `${count.toLocaleString("en-US")} profiles have`;
    this.#options.onWarning({ code: "profiles-without-id", message: `${profiles} no id; distinct_id is null there` });
  }
}
