import type { AfterWrite, SinkDriver } from "../../export/export-sink.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import type { PageResult } from "../../page/page-result.ts";
import type { ProfileRow } from "../../page/profile-row.ts";
import { KEYED_ROWS } from "../column-file/column-file-driver.ts";
import { removeRows } from "../parts/plan-parts.ts";
import type { TableDriver } from "../table/table-driver.ts";
import { type ColumnPartsOutput, concludeParts } from "./conclude-parts.ts";

/** Collects rows in a table of the working database, and puts parts of all of them into the store. */
export class ColumnPartsDriver implements SinkDriver {
  readonly target = KEYED_ROWS;
  readonly batchSize: number;
  readonly #output: ColumnPartsOutput;
  readonly #beginRows: () => Promise<TableDriver>;
  /** Undefined before the first page of an export that begins, so that one which fails early leaves all as it was. */
  #rows: TableDriver | undefined;

  /** @param resumed the rows of an export that is gone on with */
  constructor(output: ColumnPartsOutput, resumed: TableDriver | undefined, beginRows: () => Promise<TableDriver>) {
    this.#output = output;
    this.#rows = resumed;
    this.#beginRows = beginRows;
    this.batchSize = output.rows.batchSize;
  }

  get saved(): SavedTally | undefined {
    return this.#rows?.saved;
  }

  async begin(tally: ExportTally): Promise<void> {
    const { ledger, store, record } = this.#output;
    await ledger.begin();
    if (this.#rows === undefined) {
      await removeRows(store, [record.export]);
      this.#rows = await this.#beginRows();
    }
    await this.#rows.begin(tally);
  }

  async restart(tally: ExportTally): Promise<void> {
    await this.#output.ledger.dropParts();
    await this.#rows?.restart(tally);
  }

  async write(pages: readonly PageResult<ProfileRow>[], after: AfterWrite): Promise<void> {
    await this.#rows?.write(pages, after);
  }

  async publish(tally: ExportTally): Promise<void> {
    const { store } = this.#output;
    await this.#rows?.publish(tally);
    await concludeParts(this.#output, tally);
    await store.close?.();
  }

  /** What is written stays for a resumed run, if a page is. */
  async leave(tally: ExportTally): Promise<void> {
    const { ledger, store, record } = this.#output;
    try {
      await this.#rows?.leave();
      if (tally.checkpoint === undefined) {
        if (this.#rows !== undefined) await removeRows(store, [record.export]);
        await ledger.removeTraces();
      }
    } catch {
      // What the store does not take now is dropped by the next run.
    } finally {
      await Promise.resolve(store.close?.()).catch(() => {});
    }
  }
}
