import { rm } from "node:fs/promises";
import { clock } from "../../clock.ts";
import { EngageError } from "../../engage-error.ts";
import type { OnWarning } from "../../engage-warning.ts";
import type { AfterWrite, SinkDriver } from "../../export/export-sink.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import type { PageResult } from "../../page/page-result.ts";
import type { ProfileLines } from "../../page/profile-lines.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { writeFailed } from "../file/file-error.ts";
import { warnOfNullIds } from "../file/null-ids-warning.ts";
import type { OutputLock } from "../file/output-lock.ts";
import {
  type NdjsonPlan,
  type NdjsonTarget,
  publishNdjsonFile,
  removeNdjsonCheckpoint,
  writeNdjsonCheckpoint,
} from "./ndjson-target.ts";

/** What it is: a line per profile, and no table. */
export const LINES = { table: null, keyed: false };

// A checkpoint takes 2 to 30 ms. It may cost a twentieth of the time: at the API's pace each page has one.
const CHECKPOINT_SHARE = 20;

/** Appends pages to a file and keeps the checkpoint beside it, which is never ahead of what the disk has. */
export class NdjsonFileDriver implements SinkDriver {
  readonly target = LINES;
  readonly saved: SavedTally | undefined;
  readonly #plan: NdjsonPlan;
  readonly #target: NdjsonTarget;
  readonly #lock: OutputLock;
  readonly #linesOf: ProfileLines;
  readonly #onWarning: OnWarning;
  /** What the file holds, as far as its size. */
  #written: ExportTally | undefined;
  #checkpointedAt = Number.NEGATIVE_INFINITY;
  #checkpointTook = 0;

  constructor(target: NdjsonTarget, lock: OutputLock, linesOf: ProfileLines, onWarning: OnWarning) {
    this.#plan = target.plan;
    this.#target = target;
    this.#lock = lock;
    this.#linesOf = linesOf;
    this.#onWarning = onWarning;
    this.saved = target.plan.resumed?.saved;
  }

  async begin(): Promise<void> {
    if (this.saved === undefined) await this.#inWords(() => this.#target.file.endLine());
  }

  /** Drops what this export wrote; the checkpoint goes first, so that no crash mixes two sessions. */
  async restart(tally: ExportTally): Promise<void> {
    const { file, begin } = this.#target;
    await this.#inWords(async () => {
      await writeNdjsonCheckpoint(this.#plan, { version: 2, mode: this.#plan.mode, begin, end: begin });
      // Not by its size: a compressor may hold lines that the file has not seen.
      await file.cutBack(begin);
      await file.endLine();
      this.#written = tally;
    });
  }

  async write([page]: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    if (page === undefined) return;
    await this.#inWords(async () => {
      await this.#checkpointBefore(page);
      if (page.status === "loaded") await this.#target.file.append(this.#linesOf(page.rows));
      this.#written = after();
      if (this.#isCheckpointDue()) await this.#checkpoint(this.#written);
    });
  }

  /** An export that is not complete replaces nothing: its lines stay in the `.part`. */
  async publish(tally: ExportTally): Promise<void> {
    const { file } = this.#target;
    const { complete } = tally.result();
    const publishes = complete || this.#plan.mode !== "replace";
    await this.#inWords(async () => {
      await file.finish();
      await this.#save(tally.concluded, publishes);
      await file.close();
      if (publishes) await publishNdjsonFile(this.#plan);
      // What is missing stays told, so that a resumed run fetches it, or says that it cannot.
      if (complete) await removeNdjsonCheckpoint(this.#plan);
    });
    await this.#lock.release();
    this.#warn(tally, publishes);
  }

  /** Leaves whole pages behind, or no trace if there are none. */
  async leave(tally: ExportTally): Promise<void> {
    // What cannot be saved now, on a full disk say, is as it was at the last checkpoint.
    await this.#checkpoint(tally).catch(() => {});
    await this.#target.file.close().catch(() => {});
    if (tally.checkpoint === undefined) await this.#removeTraces().catch(() => {});
    await this.#lock.release();
  }

  async #removeTraces(): Promise<void> {
    if (!this.#plan.inPlace) await rm(this.#plan.file.part, { force: true });
    await removeNdjsonCheckpoint(this.#plan);
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
    if (tally.checkpoint === undefined || this.#plan.gzip || tally.hasOpenPage) return;
    const begunAt = clock.now();
    await this.#target.file.sync();
    await this.#save(tally.saved, false);
    this.#checkpointedAt = clock.now();
    this.#checkpointTook = this.#checkpointedAt - begunAt;
  }

  async #save(saved: SavedTally | undefined, publishes: boolean): Promise<void> {
    const { file, begin } = this.#target;
    // One whose missing pages are added has its own name already.
    const publishing = publishes || (this.#plan.inPlace && this.#plan.mode !== "append");
    await writeNdjsonCheckpoint(this.#plan, {
      version: 2,
      mode: this.#plan.mode,
      begin,
      end: file.size,
      saved,
      publishing,
    });
  }

  #isCheckpointDue(): boolean {
    return clock.now() - this.#checkpointedAt >= CHECKPOINT_SHARE * this.#checkpointTook;
  }

  async #inWords(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw error instanceof EngageError ? error : writeFailed(this.#plan.file.asked, error);
    }
  }

  #warn(tally: ExportTally, isPublished: boolean): void {
    const { asked, part } = this.#plan.file;
    if (!isPublished) {
      const message = `${asked} was not replaced, since the export is not complete; its lines are in ${part}`;
      this.#onWarning({ code: "difference", message });
    }
    warnOfNullIds(tally, this.#onWarning);
  }
}
