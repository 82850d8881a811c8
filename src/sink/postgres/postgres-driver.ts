import type { OnWarning } from "../../engage-warning.ts";
import type { AfterWrite, SinkDriver } from "../../export/export-sink.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import type { LoadedPage, PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { warnOfLeftover, warnOfOldTable, warnOfRows } from "../table/export-warnings.ts";
import { tellChanges } from "../update/tell-changes.ts";
import { createRecords, ExportRecord } from "./export-record.ts";
import { LoadingTable, type PageCounts, type UnheldProfile } from "./loading-table.ts";
import type { ExportPlan } from "./plan-export.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import type { PostgresSinkSettings } from "./postgres-options.ts";
import { publishExport } from "./publish-export.ts";

/** Invalid profiles that get a warning of their own. */
const TOLD_ONE_BY_ONE = 20;

/** Drives an export into a table, from its first page to its publishing. */
export class PostgresDriver implements SinkDriver {
  readonly target: SinkDriver["target"];
  readonly saved: SavedTally | undefined;
  readonly finishedAt: Date | undefined;
  readonly bases: SinkDriver["bases"];
  readonly batchSize: number;
  readonly #connection: PostgresConnection;
  readonly #plan: ExportPlan;
  readonly #onWarning: OnWarning;
  readonly #settings: PostgresSinkSettings;
  readonly #record: ExportRecord;
  readonly #loading: LoadingTable;
  #unheld = 0;

  constructor(connection: PostgresConnection, plan: ExportPlan, settings: PostgresSinkSettings) {
    const { tables, resumed, finished } = plan;
    this.#connection = connection;
    this.#plan = plan;
    this.#onWarning = settings.onWarning;
    this.#settings = settings;
    this.#record = new ExportRecord(connection, tables, plan.id);
    this.#loading = new LoadingTable(connection, tables);
    this.target = { table: tables.target.name, keyed: true };
    this.saved = (resumed ?? finished)?.saved;
    this.finishedAt = finished?.finishedAt;
    this.bases = plan.bases;
    this.batchSize = settings.batchSize;
  }

  /** Nothing is written before the first page came, so an export that fails early leaves all as it was. */
  async begin(tally: ExportTally): Promise<void> {
    const { resumed, leftover, tables, mode, shape } = this.#plan;
    if (resumed !== undefined) return;
    await this.#connection.transact(async () => {
      await createRecords(this.#connection, tables);
      if (leftover !== undefined) {
        await this.#connection.query(`DROP TABLE IF EXISTS ${tables.before.sql}`);
        await new ExportRecord(this.#connection, tables, leftover.id).drop(leftover.published);
      }
      await this.#loading.create();
      await this.#record.insert(mode, shape, tally.startedAt);
    });
    warnOfLeftover(tables.target.name, leftover, this.#onWarning);
  }

  async restart(tally: ExportTally): Promise<void> {
    await this.#connection.transact(async () => {
      await this.#loading.create();
      await this.#record.update(tally);
    });
    this.#unheld = 0;
  }

  /** Brings pages and the record that tells of them into one transaction. */
  async write(pages: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    try {
      await this.#add(pages, after, (page) => this.#loading.append(page));
    } catch (error) {
      if (!LoadingTable.asksForMerge(error instanceof Error ? error.cause : error)) throw error;
      await this.#add(pages, after, (page) => this.#loading.merge(page));
    }
  }

  async publish(tally: ExportTally): Promise<void> {
    const changes = await publishExport(this.#connection, this.#plan, this.#record, tally);
    await this.#connection.close();
    tellChanges(tally, this.bases, changes, this.#onWarning);
    const result = tally.result();
    const more = this.#unheld - TOLD_ONE_BY_ONE;
    if (more > 0) {
      const [profiles, were] = more === 1 ? ["profile", "was"] : ["profiles", "were"];
      this.#warnOfInvalid(`${more} more ${profiles} cannot be held by Postgres and ${were} left out`);
    }
    warnOfRows(result, 0, this.#onWarning);
    if (this.#plan.mode === "replace" && !result.complete) warnOfOldTable(result, this.#onWarning);
  }

  async leave(): Promise<void> {
    await this.#connection.close();
  }

  async #add(
    pages: readonly PageResult<ProfileRow>[],
    after: AfterWrite,
    addPage: (page: LoadedPage<ProfileRow>) => Promise<PageCounts>,
  ): Promise<void> {
    const counts: (PageCounts | undefined)[] = [];
    await this.#connection.transact(async () => {
      for (const page of pages) {
        const added = page.status === "loaded" ? await addPage(page) : undefined;
        counts.push(added && { ...added, invalidTaken: await this.#handOver(added.unheld) });
      }
      await this.#record.update(after(counts));
    });
    for (const each of counts) for (const profile of each?.unheld ?? []) this.#tell(profile);
  }

  /** Returns how many somebody took. */
  async #handOver(profiles: readonly UnheldProfile[]): Promise<number> {
    const take = this.#settings.onInvalidProfile;
    if (take === undefined) return 0;
    let taken = 0;
    for (const profile of profiles) {
      try {
        await take(profile);
        taken += 1;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const message = `\`onInvalidProfile\` threw, and the export goes on: ${reason}`;
        this.#onWarning({ code: "listener-failed", message });
      }
    }
    return taken;
  }

  #tell({ pageIndex, profileIndex, reason }: UnheldProfile): void {
    this.#unheld += 1;
    if (this.#unheld > TOLD_ONE_BY_ONE) return;
    this.#warnOfInvalid(`Profile ${profileIndex} on page ${pageIndex} is invalid and was left out: ${reason}`);
  }

  #warnOfInvalid(message: string): void {
    this.#onWarning({ code: "invalid-profiles", message });
  }
}
