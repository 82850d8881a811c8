import { readFile, rm, stat } from "node:fs/promises";
import { EngageError } from "../../engage-error.ts";
import type { ExportTally } from "../../export/export-tally.ts";
import { collectedColumns } from "../column-file/collected-columns.ts";
import type { ColumnFormat } from "../column-file/column-format.ts";
import { makeEmptyFile } from "../column-file/empty-file.ts";
import type { RowSettings } from "../column-file/row-options.ts";
import { openWorking } from "../column-file/working-database.ts";
import { withColumnAdvice } from "../derived/column-advice.ts";
import { writeFailed } from "../file/file-error.ts";
import type { PartLedger } from "../parts/part-ledger.ts";
import { LARGEST_PART, type UnfinishedParts } from "../parts/part-records.ts";
import type { PartStore } from "../parts/part-store.ts";
import { partsWorkingPath } from "../parts/parts-working-path.ts";
import { removeRows } from "../parts/plan-parts.ts";
import type { TableEngine } from "../table/table-engine.ts";

/** Where parts with columns go, and what they are. */
export interface ColumnPartsOutput {
  readonly store: PartStore;
  readonly ledger: PartLedger;
  readonly format: ColumnFormat;
  readonly rows: RowSettings;
  /** The export as it was planned. */
  readonly record: UnfinishedParts;
}

/**
 * Makes parts of all rows that have collected, and marks the export complete if it is. Parts that an earlier run has put there are
 * made again, and come out the same.
 *
 * @throws {EngageError} `write-failed`; the rows stay
 */
export async function concludeParts(output: ColumnPartsOutput, tally: ExportTally): Promise<void> {
  const { store, ledger, record } = output;
  const final = tally.clone();
  final.advanceTo(Number.POSITIVE_INFINITY);
  const { complete, hasFailures } = final.result();
  try {
    if (record.mode === "create" || complete) await withColumnAdvice(store.name, () => putParts(output));
    if (complete) return await ledger.finish(final);
    await ledger.end(final);
    if (!hasFailures) await removeRows(store, [record.export]);
  } catch (error) {
    throw error instanceof EngageError ? error : writeFailed(store.name, error);
  }
}

async function putParts({ store, ledger, format, rows, record }: ColumnPartsOutput): Promise<void> {
  const working = await openWorking(partsWorkingPath(store, record.export), rows.memoryLimit);
  const path = `${partsWorkingPath(store, record.export)}.part`;
  try {
    const { engine } = working;
    const { record: about, chosen, table, select } = await collectedColumns(working, rows.columns);
    const total = await numberIn(engine, `SELECT count(*) AS number FROM ${table}`);
    await ledger.dropParts();
    let most = record.profilesPerFile;
    let done = 0;
    // Row ids have gaps if an id came twice.
    let from = 0;
    do {
      const count = Math.min(most, total - done);
      const rest = `FROM ${table} WHERE rowid >= ${from}`;
      const to =
        done + count < total
          ? await numberIn(engine, `SELECT rowid AS number ${rest} LIMIT 1 OFFSET ${count}`)
          : undefined;
      const sql = select(`(SELECT * ${rest}${to === undefined ? "" : ` AND rowid < ${to}`})`);
      await makeEmptyFile(path);
      await format.write(engine, { sql, chosen, record: about }, path);
      const { size } = await stat(path);
      if (size > LARGEST_PART && count > 1) {
        most = Math.max(1, Math.floor((0.9 * count * LARGEST_PART) / size));
        continue;
      }
      await ledger.add(new Uint8Array(await readFile(path)), count);
      done += count;
      from = to ?? from;
    } while (done < total);
  } finally {
    await working.engine.close();
    await rm(path, { force: true });
  }
}

async function numberIn(engine: TableEngine, sql: string): Promise<number> {
  const [record] = await engine.query(sql);
  return Number(record?.number);
}
