import { guarded, type OnWarning } from "../../engage-warning.ts";
import { type ExportSink, exportSink } from "../../export/export-sink.ts";
import { ExportTally } from "../../export/export-tally.ts";
import { collectRows } from "../column-file/collect-rows.ts";
import { KEYED_ROWS } from "../column-file/column-file-driver.ts";
import type { ColumnFormat } from "../column-file/column-format.ts";
import type { RowSettings } from "../column-file/row-options.ts";
import { readWorking, type WorkingState } from "../column-file/working-database.ts";
import { FinishedDriver } from "../file/finished-driver.ts";
import { warnOfDropped } from "../file/warn-of-dropped.ts";
import type { PartsToOpen } from "../parts/column-parts.ts";
import { PartLedger } from "../parts/part-ledger.ts";
import { hasEnded, type UnfinishedParts } from "../parts/part-records.ts";
import type { PartStore } from "../parts/part-store.ts";
import { partsWorkingPath } from "../parts/parts-working-path.ts";
import { missingParts, type PartPlan, planParts, removeRows } from "../parts/plan-parts.ts";
import { ColumnPartsDriver } from "./column-parts-driver.ts";
import { concludeParts } from "./conclude-parts.ts";

/** Opens a sink for parts of that format in a store that is open. */
export async function openColumnParts(
  format: ColumnFormat,
  rows: RowSettings,
  { store, settings, mode, fresh, sinkSettings }: PartsToOpen,
): Promise<ExportSink> {
  const onWarning = guarded(sinkSettings.onWarning);
  let taken: WorkingState | undefined;
  const whyAnew = async (unfinished: UnfinishedParts): Promise<string | undefined> => {
    if (hasEnded(unfinished)) return missingParts(store, unfinished);
    const path = partsWorkingPath(store, unfinished.export);
    taken = await readWorking(path);
    if (taken?.canResume || taken?.finished !== undefined) return undefined;
    taken = undefined;
    return `its rows are not here (${path})`;
  };
  const plan = await planParts(store, { settings, mode, fresh, whyAnew });
  const { record } = plan;
  if (plan.finished !== undefined) {
    await removeRows(store, [record.export]);
    await store.close?.();
    return exportSink(new FinishedDriver(KEYED_ROWS, plan.finished.saved, plan.finished.at), sinkSettings);
  }
  const ledger = new PartLedger(store, plan);
  const output = { store, ledger, format, rows, record };
  if (taken?.finished !== undefined) {
    // It was killed while it wrote the parts: that needs no page.
    const { at, saved } = taken.finished;
    await ledger.claim();
    await concludeParts(output, new ExportTally(KEYED_ROWS, saved));
    await store.close?.();
    return exportSink(new FinishedDriver(KEYED_ROWS, saved, at), sinkSettings);
  }
  await warnOfPlan(plan, store, onWarning);
  const collect = async (collectMode: "begin" | "resume") => {
    const { shape } = settings;
    const { batchSize, memoryLimit } = rows;
    return collectRows(partsWorkingPath(store, record.export), {
      mode: collectMode === "resume" ? "resume" : record.mode,
      shape,
      batchSize,
      memoryLimit,
      label: store.name,
      onWarning,
    });
  };
  const resumed = taken === undefined ? undefined : await collect("resume");
  try {
    await ledger.claim();
  } catch (error) {
    await resumed?.leave();
    throw error;
  }
  return exportSink(new ColumnPartsDriver(output, resumed, () => collect("begin")), sinkSettings);
}

async function warnOfPlan({ anew, dropped }: PartPlan, store: PartStore, onWarning: OnWarning): Promise<void> {
  warnOfDropped(store.name, { anew, rows: dropped === undefined ? 0 : await rowsOf(dropped, store) }, onWarning);
}

async function rowsOf(dropped: UnfinishedParts, store: PartStore): Promise<number> {
  const state = await readWorking(partsWorkingPath(store, dropped.export)).catch(() => undefined);
  const { saved } = state?.unfinished ?? state?.finished ?? {};
  return saved?.counts?.totalRows ?? dropped.parts.reduce((sum, part) => sum + part.rows, 0);
}
