import { clock } from "../../clock.ts";
import { EngageError } from "../../engage-error.ts";
import type { OnWarning } from "../../engage-warning.ts";
import {
  type AfterWrite,
  type ExportMode,
  type ExportSink,
  exportSink,
  type OnFailedPage,
  type SinkDriver,
} from "../../export/export-sink.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import { ndjsonLines } from "../../page/ndjson-lines.ts";
import type { PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { writeFailed } from "./file-error.ts";
import { removeNdjsonCheckpoint, writeNdjsonCheckpoint } from "./ndjson-checkpoint.ts";
import { discardNdjsonTarget, type NdjsonTarget, openNdjsonTarget, publishNdjsonTarget } from "./ndjson-target.ts";

export interface NdjsonFileOptions {
  readonly path: string;
  readonly gzip: boolean;
  readonly mode: ExportMode;
  readonly resume: boolean;
  readonly onFailedPage: OnFailedPage;
  readonly onWarning: OnWarning;
  /** Hears why an export that was to be taken up starts anew all the same. */
  readonly onAnew: (reason: string) => void;
}

export interface NdjsonFileSink extends ExportSink {
  /** Where the lines are, if they did not take the place of the file asked for. */
  readonly besidePath: string | undefined;
}

/**
 * A sink for an `.ndjson` file. What is on the disk is whole pages up to a checkpoint beside it, so that an export that
 * ends early can be taken up; one that is finished leaves no checkpoint.
 *
 * @throws {EngageError} `usage`, if a file is in the way or cannot be written
 */
export async function ndjsonFile(options: NdjsonFileOptions): Promise<NdjsonFileSink> {
  const driver = new FileDriver(await openNdjsonTarget(options), options);
  return Object.defineProperty(exportSink(driver, options), "besidePath", {
    get: () => driver.besidePath,
  }) as NdjsonFileSink;
}

// A checkpoint takes 2 to 30 ms. It may cost a twentieth of the time: at the API's pace each page has one.
const CHECKPOINT_SHARE = 20;

/** Appends pages to a file and keeps the checkpoint beside it, which is never ahead of what the disk has. */
class FileDriver implements SinkDriver {
  readonly target = { table: null, keyed: false };
  readonly saved: SavedTally | undefined;
  readonly #file: NdjsonTarget;
  readonly #options: NdjsonFileOptions;
  /** What the file holds, as far as its size. */
  #written: ExportTally | undefined;
  #checkpointedAt = Number.NEGATIVE_INFINITY;
  #checkpointTook = 0;
  #isPublished = false;

  constructor(file: NdjsonTarget, options: NdjsonFileOptions) {
    this.#file = file;
    this.#options = options;
    this.saved = file.unfinished?.saved;
  }

  /** Where the lines are, if they did not take the place of the file asked for. */
  get besidePath(): string | undefined {
    const { path, wanted } = this.#file;
    return path === wanted || this.#isPublished ? undefined : path;
  }

  async begin(): Promise<void> {
    await this.#inWords(() => this.#file.file.endLine());
  }

  /** Drops what this export wrote; the checkpoint goes first, so that no crash mixes two sessions. */
  async restart(tally: ExportTally): Promise<void> {
    await this.#inWords(async () => {
      await removeNdjsonCheckpoint(this.#file.wanted);
      // Not by its size: a compressor may hold lines that the file has not seen.
      await this.#file.file.cutBack(this.#file.begin);
      await this.#file.file.endLine();
      this.#written = tally;
    });
  }

  async write([page]: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    if (page === undefined) return;
    await this.#inWords(async () => {
      await this.#checkpointBefore(page);
      if (page.status === "loaded") await this.#file.file.append(ndjsonLines(page.rows));
      this.#written = after();
      if (this.#isCheckpointDue()) await this.#checkpoint(this.#written);
    });
  }

  async publish(tally: ExportTally): Promise<void> {
    const { file, wanted } = this.#file;
    const { hasFailures, complete } = tally.result();
    await this.#inWords(async () => {
      if (hasFailures) await this.#checkpoint(tally);
      await file.sync();
      await file.close();
      if (complete) {
        await publishNdjsonTarget(this.#file);
        this.#isPublished = true;
      }
      if (!hasFailures && !this.#options.gzip) await removeNdjsonCheckpoint(wanted);
    });
    this.#warnOfProfilesWithoutId(tally);
  }

  /** Leaves whole pages behind, or no trace if there are none. */
  async leave(tally: ExportTally): Promise<void> {
    // What cannot be saved now, on a full disk say, is as it was at the last checkpoint.
    await this.#checkpoint(tally).catch(() => {});
    await this.#file.file.close().catch(() => {});
    if (tally.checkpoint !== undefined) return;
    await discardNdjsonTarget(this.#file).catch(() => {});
    if (!this.#options.gzip) await removeNdjsonCheckpoint(this.#file.wanted).catch(() => {});
  }

  /** A page that a transform left rows out of is whole when the next one comes. */
  async #checkpointBefore({ pageIndex }: PageResult<ProfileRow>): Promise<void> {
    if (!this.#written?.hasOpenPage || !this.#isCheckpointDue()) return;
    const whole = this.#written.clone();
    whole.advanceTo(pageIndex);
    await this.#checkpoint(whole);
  }

  /** Everything written so far is on the disk, and the next run will know. */
  async #checkpoint(tally: ExportTally): Promise<void> {
    const { checkpoint, counts } = tally;
    if (checkpoint === undefined || this.#options.gzip || tally.hasOpenPage) return;
    const begunAt = clock.now();
    await this.#file.file.sync();
    const { wanted, mode, begin, file } = this.#file;
    await writeNdjsonCheckpoint(wanted, { version: 1, mode, begin, end: file.size, saved: { checkpoint, counts } });
    this.#checkpointedAt = clock.now();
    this.#checkpointTook = this.#checkpointedAt - begunAt;
  }

  #isCheckpointDue(): boolean {
    return clock.now() - this.#checkpointedAt >= CHECKPOINT_SHARE * this.#checkpointTook;
  }

  async #inWords(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw error instanceof EngageError ? error : writeFailed(this.#file.path, error);
    }
  }

  #warnOfProfilesWithoutId({ counts }: ExportTally): void {
    const count = counts.profilesWithoutId;
    if (count === 0) return;
    const profiles = count === 1 ? "1 profile has" : `${count.toLocaleString("en-US")} profiles have`;
    this.#options.onWarning({ code: "profiles-without-id", message: `${profiles} no id; distinct_id is null there` });
  }
}
