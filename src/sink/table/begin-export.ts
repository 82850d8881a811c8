import type { OnWarning } from "../../engage-warning.ts";
import { createRecords, ExportRecord } from "./export-record.ts";
import type { ExportPlan } from "./plan-export.ts";
import { createProfileTable } from "./profile-table.ts";
import { inTransaction, type TableEngine } from "./table-engine.ts";
import { sqlName } from "./table-name.ts";

/** Makes the load table and the mark of an export that begins, and drops an unfinished one that stands in its place. */
export async function beginExport(engine: TableEngine, plan: ExportPlan, onWarning: OnWarning): Promise<void> {
  const { tables, mode, leftover } = plan;
  await createRecords(engine, tables);
  await inTransaction(engine, async () => {
    if (leftover !== undefined) {
      await engine.query(`DROP TABLE IF EXISTS ${sqlName(tables.loading)}`);
      await engine.query(`DROP TABLE IF EXISTS ${sqlName(tables.before)}`);
      await new ExportRecord(engine, tables, leftover.id).delete();
    }
    await engine.query(createProfileTable(tables.loading, tables.propertiesDeclaration));
    await new ExportRecord(engine, tables, plan.id).insert(mode);
  });
  if (leftover?.saved === undefined) return;
  const rows = `${leftover.saved.counts.totalRows} rows`;
  onWarning({
    code: "unfinished-export-dropped",
    message: `An unfinished export into ${tables.target.table} was dropped with its ${rows}, since this one begins afresh`,
  });
}
