import { EngageError } from "../../engage-error.ts";
import type { ExportTally, SavedTally } from "../../export/export-tally.ts";
import {
  newExportId,
  type PartSettings,
  prefixOf,
  readUnfinished,
  UNFINISHED,
  type UnfinishedParts,
  writeRecord,
} from "./part-records.ts";
import type { PartStore } from "./part-store.ts";
import { cleanUp, type PartPlan, removeParts, removeRows } from "./plan-parts.ts";

/** The record of one export in a store, which names no part before it is there, and none that is not. */
export class PartLedger {
  readonly #store: PartStore;
  #record: UnfinishedParts;
  /** An export whose record still stands in the place of this one's. */
  #dropped: UnfinishedParts | undefined;

  constructor(store: PartStore, { record, dropped }: PartPlan) {
    this.#store = store;
    this.#record = record;
    this.#dropped = dropped && { ...dropped, writer: record.writer };
  }

  get saved(): SavedTally | undefined {
    return this.#record.saved;
  }

  /** Takes the place of every other run, and finds out whether it can be written; loses nothing yet. */
  async claim(): Promise<void> {
    await writeRecord(this.#store, this.#dropped ?? this.#record);
  }

  /** Drops what another export left, and parts that were written before a crash and not recorded. */
  async begin(): Promise<void> {
    await this.#check();
    this.#dropped = undefined;
    await writeRecord(this.#store, this.#record);
    await this.#sweep();
  }

  /** Drops what this export has written: it goes on under a new id. */
  async restart(): Promise<void> {
    await this.#check();
    const { export: id, stale } = this.#record;
    this.#record = { ...this.#record, export: newExportId(), parts: [], saved: undefined, stale: [...stale, id] };
    await writeRecord(this.#store, this.#record);
    await this.#sweep();
  }

  /** Drops the parts alone: those of all rows are made again, under the same id and so the same names. */
  async dropParts(): Promise<void> {
    await this.#check();
    await this.#write({ parts: [], saved: undefined });
    await this.#sweep();
  }

  /** Puts a part in place and records it, with the pages that all parts hold together, if each holds whole pages. */
  async add(bytes: Uint8Array<ArrayBuffer>, rows: number, tally?: ExportTally): Promise<void> {
    await this.#check();
    const { export: id, parts } = this.#record;
    const name = `${prefixOf(id)}${String(parts.length).padStart(5, "0")}.${endingOf(this.#record)}`;
    await this.#store.put(name, bytes);
    await this.#write({ parts: [...parts, { name, rows, bytes: bytes.length }], saved: tally?.saved });
  }

  /** Ends without being complete: what is missing stays known. */
  async end(tally: ExportTally): Promise<void> {
    await this.#check();
    await this.#write({ saved: tally.saved, ended: new Date().toISOString(), result: tally.result().toJSON() });
  }

  /** Marks the export complete; only then the parts go that it replaces. */
  async finish(tally: ExportTally): Promise<void> {
    await this.#check();
    const { version, export: id, format, gzip, profilesPerFile, shape, parts } = this.#record;
    const saved = tally.concluded;
    await writeRecord(this.#store, {
      version,
      export: id,
      finished: new Date().toISOString(),
      format,
      gzip,
      profilesPerFile,
      shape,
      query: saved?.checkpoint.session.query,
      result: tally.result().toJSON(),
      parts,
      saved,
    });
    await cleanUp(this.#store, this.#record);
  }

  /** Removes the record of an export that no page came of. */
  async removeTraces(): Promise<void> {
    if (this.#dropped !== undefined) return;
    await this.#check();
    await this.#store.delete(UNFINISHED);
  }

  /** Throws if another run has taken the place of this one: its parts and ours must not mix. */
  async #check(): Promise<void> {
    const found = await readUnfinished(this.#store);
    if (found?.writer === this.#record.writer) return;
    const message = `Cannot go on, another export into the same place has taken the place of this one: ${this.#store.name}`;
    throw new EngageError("write-failed", message);
  }

  async #write(change: Partial<UnfinishedParts>): Promise<void> {
    this.#record = { ...this.#record, ...change };
    await writeRecord(this.#store, this.#record);
  }

  async #sweep(): Promise<void> {
    const { export: id, stale, parts } = this.#record;
    const keep = parts.map(({ name }) => name);
    await removeParts(this.#store, [...stale, id], keep);
    await removeRows(this.#store, stale);
    this.#record = { ...this.#record, stale: [] };
  }
}

function endingOf({ format, gzip }: PartSettings): string {
  return gzip ? `${format}.gz` : format;
}
