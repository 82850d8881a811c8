import { EngageError } from "../../engage-error.ts";
import type { OnWarning } from "../../engage-warning.ts";
import type { TallyTarget } from "../../export/export-result.ts";
import type { AfterWrite, SinkDriver } from "../../export/export-sink.ts";
import { ExportTally, type SavedTally } from "../../export/export-tally.ts";
import type { PageResult } from "../../page/page-result.ts";
import type { ProfileLines } from "../../page/profile-lines.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { writeFailed } from "../file/file-error.ts";
import { warnOfNullIds } from "../file/null-ids-warning.ts";
import { PartLedger } from "./part-ledger.ts";
import { GzipLines, type PartLines, PlainLines } from "./part-lines.ts";
import { LARGEST_PART, type PartSettings } from "./part-records.ts";
import type { PartStore } from "./part-store.ts";
import type { PartPlan } from "./plan-parts.ts";

/** Lines, and no table. */
export const PARTS: TallyTarget = { table: null, keyed: false };

interface PartsDriverSettings extends PartSettings {
  readonly linesOf: ProfileLines;
}

/** Collects whole pages into parts, and puts each part into the store. */
export class PartsDriver implements SinkDriver {
  readonly target = PARTS;
  readonly saved: SavedTally | undefined;
  readonly #store: PartStore;
  readonly #settings: PartsDriverSettings;
  readonly #replaces: boolean;
  readonly #ledger: PartLedger;
  readonly #onWarning: OnWarning;
  #lines: PartLines;
  #rows = 0;
  /** Lines of pages of which more may come: no part of them may be in a part of ours. */
  #open: { readonly lines: Uint8Array; readonly rows: number }[] = [];
  /** The pages of all parts and of `#lines`; with those that are open; those that the store has. */
  #whole: ExportTally;
  #taken: ExportTally;
  #stored: ExportTally;
  /** Why nothing can be written any more. */
  #failure: unknown;

  constructor(store: PartStore, settings: PartsDriverSettings, plan: PartPlan, onWarning: OnWarning) {
    this.#store = store;
    this.#settings = settings;
    this.#replaces = plan.record.mode === "replace";
    this.#ledger = new PartLedger(store, plan);
    this.#onWarning = onWarning;
    this.#lines = this.#newLines();
    this.saved = this.#ledger.saved;
    this.#stored = this.#whole = this.#taken = new ExportTally(PARTS, this.saved);
  }

  get written(): ExportTally {
    return this.#stored;
  }

  /** Makes sure that the store can be written, before anything is requested. */
  async claim(): Promise<void> {
    await this.#inWords(() => this.#ledger.claim());
  }

  async begin(tally: ExportTally): Promise<void> {
    await this.#inWords(() => this.#ledger.begin());
    this.#startAt(tally);
  }

  async restart(tally: ExportTally): Promise<void> {
    await this.#inWords(() => this.#ledger.restart());
    this.#lines = this.#newLines();
    this.#rows = 0;
    this.#open = [];
    this.#startAt(tally);
  }

  async write([page]: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (page === undefined) return;
    await this.#inWords(async () => {
      // A page that a transform left rows out of is whole when the next one comes.
      const before = this.#taken.clone();
      before.advanceTo(page.pageIndex);
      if (!before.hasOpenPage) await this.#settle(before);
      if (page.status === "loaded" && page.rows.length > 0) {
        this.#open.push({ lines: this.#settings.linesOf(page.rows), rows: page.rows.length });
      }
      this.#taken = after();
      if (!this.#taken.hasOpenPage) await this.#settle(this.#taken);
    });
  }

  async publish(tally: ExportTally): Promise<void> {
    const final = tally.clone();
    final.advanceTo(Number.POSITIVE_INFINITY);
    const { complete } = final.result();
    await this.#inWords(async () => {
      await this.#settle(final);
      await this.#putPart();
      if (complete) await this.#ledger.finish(final);
      else await this.#ledger.end(final);
    });
    this.#stored = final;
    await this.#store.close?.();
    if (!complete && this.#replaces) {
      const message = `${this.#store.name} was not replaced, since the export is not complete; its parts are beside the old ones`;
      this.#onWarning({ code: "difference", message });
    }
    warnOfNullIds(final, this.#onWarning);
  }

  /** Leaves the whole pages in hand as a part that is shorter, or no trace if no page came. */
  async leave(tally: ExportTally): Promise<void> {
    try {
      if (this.#failure === undefined) await this.#putPart();
      if (tally.checkpoint === undefined) await this.#ledger.removeTraces();
    } catch {
      // What the store does not take now is fetched again by the next run.
    } finally {
      await Promise.resolve(this.#store.close?.()).catch(() => {});
    }
  }

  /** Moves the lines of open pages into the part in hand, now that these pages are whole. */
  async #settle(tally: ExportTally): Promise<void> {
    const open = this.#open.splice(0);
    const rows = open.reduce((sum, page) => sum + page.rows, 0);
    if (this.#rows > 0 && this.#rows + rows > this.#settings.profilesPerFile) await this.#putPart();
    for (const { lines } of open) await this.#lines.append(lines);
    this.#rows += rows;
    this.#whole = tally;
    if (this.#rows >= this.#settings.profilesPerFile || this.#lines.size >= LARGEST_PART) await this.#putPart();
  }

  async #putPart(): Promise<void> {
    if (this.#rows === 0) return;
    const lines = this.#lines;
    const rows = this.#rows;
    this.#lines = this.#newLines();
    this.#rows = 0;
    await this.#ledger.add(await lines.finish(), rows, this.#whole);
    this.#stored = this.#whole;
  }

  #startAt(tally: ExportTally): void {
    this.#stored = this.#whole = this.#taken = tally;
  }

  #newLines(): PartLines {
    return this.#settings.gzip ? new GzipLines() : new PlainLines();
  }

  async #inWords(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#failure = error instanceof EngageError ? error : writeFailed(this.#store.name, error);
      throw this.#failure;
    }
  }
}
